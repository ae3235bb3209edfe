"""Feature extraction: the interviewee, portraits, key points and text."""

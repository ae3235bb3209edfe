"""Where the interviewee is: detectors, tracks, and the box from key points alone."""

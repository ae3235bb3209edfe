"""Locating the interviewee: person detectors, tracks, and the box around the key points."""

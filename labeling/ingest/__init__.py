"""Import of videos, key points, transcripts, clip tables, simulated cohorts and iMiGUE as clips."""

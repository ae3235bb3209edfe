"""What comes in: videos, key points, transcripts, tables, simulated cohorts and iMiGUE's folders become clips."""

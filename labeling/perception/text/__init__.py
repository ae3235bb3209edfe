"""Text features of transcripts."""

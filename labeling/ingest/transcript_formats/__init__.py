"""Transcripts as subtitle editors, recognizers of speech and annotation tools write them."""

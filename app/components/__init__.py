"""Pieces that several pages show: the page head, empty states, the reviewer, a job's panel."""

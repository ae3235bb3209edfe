"""Readers of OpenPose's JSON output, version 1.3, from a folder, an archive or a single file."""

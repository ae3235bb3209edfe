"""Feature extraction against its limit and a notebook's loop."""

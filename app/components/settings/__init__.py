"""What the Settings page changes."""

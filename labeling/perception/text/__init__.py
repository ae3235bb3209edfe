"""Text features of what was said."""

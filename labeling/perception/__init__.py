"""Features of a clip: who is in it, portrait, key points and text."""

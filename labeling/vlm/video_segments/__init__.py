"""What a model is shown: stretches of a clip as portrait, whole frame or drawn skeleton."""

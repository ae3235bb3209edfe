"""Video segments shown to a model: ranges of a clip as portrait, whole frame or drawn skeleton."""

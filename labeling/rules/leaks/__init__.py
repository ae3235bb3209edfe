"""The leak alarm: words of a rationale that lean on what is no evidence of an emotion."""

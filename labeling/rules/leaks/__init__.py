"""The leak alarm: finds parts of a rationale that rely on information other than behavior."""

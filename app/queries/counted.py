"""Numbers with their nouns."""


def counted(n: int, one: str, more: str) -> str:
    """As in `1 clip has` and `3 clips have`."""
    return f"{n:,} {one if n == 1 else more}"

"""Names of files, of which macOS decomposes letters with accents (é as e and an accent) where others compose them."""

import unicodedata


def composed(name: str) -> str:
    """The name as clips are called, whatever wrote the file: in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", name)


def spellings(name: str) -> tuple[str, ...]:
    """The ways in which a file of this name may be written on a disk, composed first."""
    return tuple(dict.fromkeys((composed(name), unicodedata.normalize("NFD", name))))

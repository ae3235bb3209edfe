"""Frozen dataclasses that travel between the layers, one module a subject."""

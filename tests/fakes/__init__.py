"""Servers that speak the protocols of models' vendors well enough for the unmodified SDKs."""

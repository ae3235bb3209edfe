"""The check of claims, where it is known which are true."""

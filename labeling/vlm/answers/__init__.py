"""Parsing a model's answers: schema, observations, plain text."""

"""What a model answers: schema, observations, plain text, and the agreement filter."""

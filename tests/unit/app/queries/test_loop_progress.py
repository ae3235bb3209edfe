"""What the Overview says: stages, and the one thing to do next."""

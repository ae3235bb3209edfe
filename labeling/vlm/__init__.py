"""Pseudo-labels by vision-language models: observe, conclude, reflect; each answer is checked."""

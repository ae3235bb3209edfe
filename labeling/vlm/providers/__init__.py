"""Servers of vision-language models: protocol, SDKs, token counts and prices."""

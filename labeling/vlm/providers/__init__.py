"""Access to vision-language models: common interface, SDKs, token counts and prices."""

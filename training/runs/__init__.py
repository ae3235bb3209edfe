"""One training run: its folder, its artifacts, and its model asked about clips."""

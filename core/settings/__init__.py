"""Settings of a workspace, one module a section of `telltale.toml`, and the loader."""

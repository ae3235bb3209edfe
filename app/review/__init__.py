"""The Review screen: one v2 component of plain ES modules; `component.py` mounts it, app.routes feeds it."""

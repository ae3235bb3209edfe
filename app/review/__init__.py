"""The Review screen: one v2 component of plain ES modules; `component.py` mounts it, app.routes feeds it."""

from app.review.component import review_component, review_data

__all__ = ["review_component", "review_data"]

"""The kinds of job, by room. Importing this package registers them all.

What the work needs (torch, OpenCV) is imported inside the functions: the web process, which only starts jobs, stays small.
"""

from app.jobs.kinds import bulk_accepts, labeling, training
from app.jobs.registry import WORK

__all__ = ["WORK", "bulk_accepts", "labeling", "training"]

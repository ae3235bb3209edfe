"""The kinds of job. Importing this package registers them all.

They import torch, OpenCV and the like inside their functions, because the web process only starts jobs and must stay
small.
"""

from app.jobs.kinds import bulk_accepts, labeling, models, training
from app.jobs.registry import WORK

__all__ = ["WORK", "bulk_accepts", "labeling", "models", "training"]

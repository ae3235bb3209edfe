"""How far reviewers, labelers and gold agree, each with its interval; the audit slice alone counts for what is reported."""

from app.facts.intervals import Share
from app.services import Services
from db import decisions

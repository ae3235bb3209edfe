"""A study whose every number is counted twice: labeled by two labelers, reviewed by two people and a lead, trained twice.

Everything is done as people do it: labels and training by the work of the commands, decisions by the review routes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from app.cli.demo_stages import write_cohort_folder
from app.jobs.kinds import WORK
from app.opened_workspace import OpenedWorkspace
from app.queries.adjudication import adjudicate, disputes
from app.tokens import Tokens
from core.progress import SilentProgress
from core.settings.loader import SETTINGS_FILE
from core.taxonomy import Taxonomy
from core.types.decisions import Reviewer
from core.workspace import Workspace, open_workspace
from db import bulk_accepts, clips, pseudo_labels, reviewers
from db.bulk_accepts import BulkRule
from db.engine import Database, open_database

CLIPS = 24
SETTINGS = """
[review]
reliability_fraction = 0.25
[training]
folds = 2
width = 16
layers = 1
stage1_steps = 6
stage2_steps = 6
"""


@dataclass(frozen=True)
class CountedStudy:
    workspace: Workspace
    database: Database
    ada: Reviewer
    grace: Reviewer
    lead: Reviewer


def make(root: Path, cohort: Path) -> CountedStudy:
    """Imported, perceived and labeled by two labelers; the first, `simulated`, counts."""
    root.mkdir(parents=True)
    (root / SETTINGS_FILE).write_text(SETTINGS)
    workspace = open_workspace(root)
    database = open_database(workspace)
    write_cohort_folder(cohort, "demo", seed=5, clips_wanted=CLIPS, changes={"clip_s": 4.0}, progress=SilentProgress())
    work(workspace, database, "import", {"folder": str(cohort)})
    work(workspace, database, "perceive", {})
    work(workspace, database, "label", {"labeler": "simulated"})
    # As of before the taxonomy's weights were changed: `cues` answers every clip twice, and its newest answer is what counts.
    older = replace(
        workspace, settings=workspace.settings.model_copy(update={"taxonomy": _weighed_otherwise(workspace)})
    )
    work(older, database, "label", {"labeler": "cues"})
    work(workspace, database, "label", {"labeler": "cues"})
    with database.write() as connection:
        ada, grace, lead = (reviewers.ensure(connection, name) for name in ("Ada", "Grace", "Lea"))
        lead = reviewers.set_role(connection, lead.id, "lead")
    return CountedStudy(workspace, database, ada, grace, lead)


def _weighed_otherwise(workspace: Workspace) -> Taxonomy:
    first, *rest = workspace.settings.taxonomy
    halved = first.model_copy(update={"cue_weights": {cue: weight / 2 for cue, weight in first.cue_weights.items()}})
    return Taxonomy(labels=(halved, *rest))


def work(workspace: Workspace, database: Database, kind: str, arguments: dict[str, Any]) -> None:
    """A job of this kind, in this process, as its command does it."""
    WORK[kind](workspace, database, arguments, SilentProgress())


@dataclass(frozen=True)
class Person:
    """Judges as the Review screen does, by its routes."""

    url: str
    token: str

    @classmethod
    def at(cls, url: str, study: CountedStudy, reviewer: Reviewer) -> Person:
        return cls(url, Tokens(study.workspace.signing_key(), 1).reviewer_token(reviewer.id))

    def decide(self, clip_id: int, kind: str, **fields: Any) -> dict[str, Any]:
        """One decision; the row that was stored."""
        body = {"token": secrets.token_hex(16), "clip_id": clip_id, "kind": kind, "seconds_spent": 5.0, **fields}
        return self._sent("POST", "decisions", body)["decision"]

    def rationale(self, clip_id: int) -> dict[str, Any]:
        """What is told after the blind answer."""
        return self._sent("GET", f"clips/{clip_id}/rationale", None)

    def judge(self, clip_id: int, blind: str, final: str | None = None, rater_confidence: int = 3) -> dict[str, Any]:
        """A blind answer, the reveal, and the last word on it."""
        self.decide(clip_id, "blind", label=blind, rater_confidence=rater_confidence)
        shown = self.rationale(clip_id)
        answer = shown["pseudo_label"]
        claims = answer["claims"]
        verdicts = {str(claims[0]["id"]): "true", str(claims[-1]["id"]): "false"} if len(claims) > 1 else {}
        return self.decide(
            clip_id,
            "final",
            label=final or blind,
            rater_confidence=rater_confidence,
            pseudo_label_id=answer["id"],
            claim_verdicts=verdicts,
        )

    def _sent(self, method: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        answer = httpx.request(method, f"{self.url}/api/review/{path}", json=body, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()


def other(label: str) -> str:
    return "negative" if label == "positive" else "positive"


def review(study: CountedStudy, url: str) -> None:
    """Decisions of every kind: agreeing, differing, moved by the rationale, unclear, skipped, undone, adjudicated, in bulk."""
    ada, grace = (Person.at(url, study, one) for one in (study.ada, study.grace))
    with study.database.read() as connection:
        ids = [one for one in clips.all_ids(connection) if clips.get(connection, one).split.value == "train"]
        said = {clip: answer.answer.label for clip, answer in pseudo_labels.latest_of(connection, ids).items()}
    for clip in ids[:5]:
        ada.judge(clip, said[clip])
    ada.judge(ids[5], other(said[ids[5]]), said[ids[5]])  # moved to the labeler's answer
    ada.judge(ids[6], other(said[ids[6]]))
    ada.judge(ids[7], said[ids[7]], other(said[ids[7]]))  # moved away from it
    ada.decide(ids[8], "unclear")
    ada.decide(ids[9], "skip")
    taken_back = ada.judge(ids[10], other(said[ids[10]]))
    ada.decide(ids[10], "undo", undoes_id=taken_back["id"])
    for clip in ids[:3]:
        grace.judge(clip, said[clip], rater_confidence=2)
    for clip in ids[3:5]:
        grace.judge(clip, other(said[clip]))
    grace.judge(ids[11], other(said[ids[11]]))
    opened = OpenedWorkspace(study.workspace, study.database)
    with study.database.read() as connection:
        disputed = clips.get(connection, ids[3])
    adjudicate(opened, study.lead, disputed, said[ids[3]], "The shoulders say so.")
    disputes(opened, study.lead)  # the Reviewers page shows her the answers, so that she is not blind any more
    Person.at(url, study, study.lead).judge(ids[4], said[ids[4]])
    with study.database.write() as connection:
        found = bulk_accepts.preview(connection, BulkRule(min_confidence=0.7))
        bulk_accepts.accept(
            connection,
            study.lead.id,
            dict(list(found.accepted.items())[:2]),
            reason="sure ones",
            mode=study.workspace.settings.review.mode,
            token=secrets.token_hex(16),
        )


def review_again(study: CountedStudy, url: str) -> None:
    """After the first run: two more clips get a person's label, and one that had one gets another."""
    ada = Person.at(url, study, study.ada)
    with study.database.read() as connection:
        left = [one for one in clips.all_ids(connection) if clips.get(connection, one).split.value == "train"][14:16]
        said = {clip: answer.answer.label for clip, answer in pseudo_labels.latest_of(connection, left).items()}
    ada.judge(left[0], said[left[0]])
    ada.judge(left[1], other(said[left[1]]))

"""A small rendered cohort, imported and perceived once, and copies of its workspace to label."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.label.bench import perceived_cohort
from core.progress import SilentProgress
from core.settings.labeling import LabelingSettings
from core.types.clips import Split
from core.workspace import Workspace, open_workspace
from db import clips, pseudo_labels, sending_consents
from db.engine import Database, open_database
from db.tables import model_calls
from labeling.label_run import LabelReport, label_clips
from labeling.vlm.sending_consent import sending

CLIPS, CLIP_S = 6, 4.0


def make_study(folder: Path) -> None:
    """A workspace of six clips of four seconds with boxes, key points and cues; one subject's two are the test split."""
    perceived_cohort(folder, clips=CLIPS, clip_s=CLIP_S, test_fraction=0.34)


class VlmStudy:
    """A copy of the workspace, and labeling in it under changed settings."""

    def __init__(self, made: Path, folder: Path, *, base_url: str) -> None:
        shutil.copytree(made, folder)
        self.root = folder
        self.base_url = base_url

    def workspace(self, **changes: Any) -> Workspace:
        """With settings that suit a server on this machine: no long waits, quick time-outs."""
        opened = open_workspace(self.root)
        quick = {"timeout_s": 20, "concurrency": 2, "frames_per_s": 4, "picture_px": 96}
        merged = {**opened.settings.labeling.model_dump(), **quick, **changes}
        merged["gemini"] = {
            **opened.settings.labeling.gemini.model_dump(),
            "base_url": self.base_url,
            **changes.get("gemini", {}),
        }
        openai = {"base_url": f"{self.base_url}/v1", "model": "fake-vl", "segment_s": 8}
        merged["openai"] = {**opened.settings.labeling.openai.model_dump(), **openai, **changes.get("openai", {})}
        labeling = LabelingSettings.model_validate(merged)
        return replace(opened, settings=opened.settings.model_copy(update={"labeling": labeling}))

    @contextmanager
    def database(self) -> Iterator[Database]:
        opened = open_database(open_workspace(self.root))
        try:
            yield opened
        finally:
            opened.dispose()

    def label(
        self,
        name: str = "gemini",
        *,
        allowed: bool = True,
        limit: int | None = None,
        clip_ids: list[int] | None = None,
        budget_usd: float | None = None,
        ask_again: bool = False,
        other_person: bool = False,
        **changes: Any,
    ) -> LabelReport:
        """One labeling run."""
        workspace = self.workspace(**changes)
        with self.database() as database:
            wanted = sending(workspace.settings.labeling, name)
            if allowed and wanted is not None:
                with database.write() as connection:
                    sending_consents.give(connection, replace(wanted, given_by="Ada"))
            return label_clips(
                workspace,
                database,
                name,
                SilentProgress(),
                limit,
                clip_ids=clip_ids,
                budget_usd=budget_usd,
                ask_again=ask_again,
                other_person=other_person,
            )

    def ids(self, split: Split = Split.TRAIN) -> list[int]:
        with self.database() as database, database.read() as connection:
            return list(clips.all_ids(connection, split=split))

    def answers(self) -> list[Any]:
        """Every pseudo-label."""
        with self.database() as database, database.read() as connection:
            found = [pseudo_labels.of_clip(connection, clip_id) for clip_id in clips.all_ids(connection)]
        return [one for of_clip in found for one in of_clip]

    def failures(self) -> list[str]:
        with self.database() as database, database.read() as connection:
            return [failure.reason for failure in pseudo_labels.failures(connection)]

    def calls(self) -> list[Any]:
        """Every call, by clip and then in order of time."""
        with self.database() as database, database.read() as connection:
            query = sa.select(model_calls).order_by(model_calls.c.clip_id, model_calls.c.id)
            return list(connection.execute(query).all())

    def set_transcript(self, clip_id: int, text: str) -> None:
        with self.database() as database, database.write() as connection:
            clips.set_transcript(connection, clip_id, text)

    def spoil_stored_answers(self, text: str) -> None:
        """Replaces the text of every answer in the request cache, as a damaged disk or another version would."""
        with closing(sqlite3.connect(open_workspace(self.root).database_path)) as connection, connection:
            triggers = connection.execute(
                "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='model_calls'"
            )
            for (name,) in triggers.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("UPDATE model_calls SET answer = ? WHERE answered", (text,))

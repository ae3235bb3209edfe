"""Each stage while the machine's clock is set back by an hour, again and again: nothing is lost, out of order or stuck."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from app.cli.demo_stages import write_cohort_folder
from app.cli.main import main
from app.opened_workspace import opened_workspace
from app.routes import review_routes
from app.tokens import Tokens
from core.progress import SilentProgress
from core.types.jobs import JobState
from core.types.runs import RunState
from core.workspace import open_workspace
from db import reviewers
from db.engine import open_database
from db.tables import metadata
from tests.fakes.gemini import KEY, FakeGemini
from tests.fakes.served import served
from tests.fakes.wall_clock import wall_clock
from tests.integration.app.conftest import ORIGIN, RouteClient
from tests.integration.app.stage_processes import TINY, done

HOUR = timedelta(hours=1)
MIDDLE = 2  # of the readings of the date in a stage; the first is of its beginning
CHANGE = frozenset({"clip_leases", "labeling_claims"})  # tables whose rows come and go
Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def while_it_is_set_back(behind: timedelta, work: Callable[[], object]) -> None:
    """Does the work by a clock that is `behind` and is set back an hour farther in the middle."""
    with wall_clock() as clock:
        clock.set_back(behind)
        clock.set_back(HOUR, at_reading=MIDDLE)
        work()


def review(root: Path, tokens: dict[str, str]) -> None:
    """Both take leases and judge, with tokens from before the clock was first set back."""
    opened = opened_workspace(root)
    workspace = opened.workspace
    app = Starlette(routes=review_routes(lambda: workspace, opened.database, workspace.signing_key()))
    client, (ada, ben) = RouteClient(app), tokens.values()

    def answer(token: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        address = f"/api/review/{path}"
        found = client.get(address, headers) if body is None else client.post(address, json=body, headers=headers)
        assert found.status_code == 200, found.text
        return found.json()

    def open_clips(token: str) -> list[int]:
        return [item["clip_id"] for item in answer(token, "queue?kind=unreviewed")["items"]]

    first, second, *_ = open_clips(ada)
    answer(ada, "leases", {"clip_ids": [first, second]})
    for number in range(2):
        blind = {"token": f"{number}" * 32, "clip_id": first, "kind": "blind", "rater_confidence": 2}
        answer((ada, ben)[number], "decisions", {**blind, "label": "positive"})
    assert second not in open_clips(ben)
    assert second in open_clips(ada)


def rows(root: Path) -> Rows:
    """All rows of all tables by their keys."""
    found: Rows = {}
    with closing(sqlite3.connect(root / "telltale.db")) as connection:
        connection.row_factory = sqlite3.Row
        for table in metadata.sorted_tables:
            keys = [column.name for column in table.primary_key]
            every = [dict(row) for row in connection.execute(f'SELECT * FROM "{table.name}"')]
            found[table.name] = {tuple(row[key] for key in keys): row for row in every}
    return found


def assert_in_order(stored: Rows) -> None:
    """What was stored later has the later time, in each table and in each row."""
    for table in metadata.sorted_tables:
        if "id" in table.columns and "created_at" in table.columns:
            times = [row["created_at"] for _key, row in sorted(stored[table.name].items())]
            assert times == sorted(times), table.name
    for job in stored["jobs"].values():
        assert job["created_at"] <= job["started_at"] <= job["heartbeat_at"] <= job["finished_at"]
        assert job["state"] == JobState.SUCCEEDED
    assert {run["state"] for run in stored["runs"].values()} <= {RunState.SUCCEEDED}
    made, cues = stored["features"], stored["cue_measurements"]
    latest = max([str(row["created_at"]) for row in (*made.values(), *cues.values())], default="")
    assert all(row["created_at"] > latest for row in stored["pseudo_labels"].values())


def stages(root: Path, given: Path, tokens: dict[str, str]) -> list[tuple[str, Callable[[], object]]]:
    video = min(given.rglob("*.mp4"))
    openpose = min((given / "openpose").glob(f"{video.stem}*"))

    def telltale(*arguments: str) -> Callable[[], object]:
        return partial(main, [*arguments, "--workspace", str(root)])

    return [
        ("import", telltale("import", str(given))),
        ("perceive", telltale("perceive")),
        ("label", telltale("label", "--labeler", "gemini", "--consent", "Ada")),
        ("again perceive", telltale("perceive")),
        ("again label", telltale("label", "--labeler", "gemini")),
        ("review", partial(review, root, tokens)),
        ("curate", telltale("curate", "first")),
        ("train", telltale("train")),
        ("evaluate", telltale("evaluate", "--rows", "majority,fusion")),
        ("predict", telltale("predict", str(video), "--openpose", str(openpose), "--run", "1")),
        ("check", telltale("check")),
    ]


@pytest.mark.long
def test_each_stage_ends_as_usual_and_is_in_order_while_the_clock_is_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, given, log = tmp_path / "study", tmp_path / "given", tmp_path / "errors"
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    write_cohort_folder(given, "demo", seed=1, clips_wanted=16, changes={"clip_s": 2.0}, progress=SilentProgress())
    root.mkdir()
    fake = FakeGemini()
    with served(fake.app) as address:
        gemini = f'[labeling.gemini]\nbase_url = "{address}"\n'
        (root / "telltale.toml").write_text(TINY + gemini, encoding="utf-8")
        workspace = open_workspace(root)
        database = open_database(workspace)
        with database.write() as connection:
            signs = Tokens(workspace.signing_key(), workspace.settings.server.token_hours)
            tokens = {name: signs.reviewer_token(reviewers.ensure(connection, name).id) for name in ("Ada", "Ben")}
        database.dispose()
        before, calls = rows(root), 0
        for number, (name, work) in enumerate(stages(root, given, tokens)):
            status = done(partial(while_it_is_set_back, number * HOUR, work), log)
            assert status == 0, f"{name}:\n{log.read_text(encoding='utf-8')}"
            after = rows(root)
            assert_in_order(after)
            lost = {table: set(before[table]) - set(after[table]) for table in before if table not in CHANGE}
            assert not any(lost.values()), f"{name} lost {lost}"
            if name.startswith("again"):
                assert (after["features"], fake.journal.calls_made) == (before["features"], calls)
            before, calls = after, fake.journal.calls_made
    assert calls

"""Drawing round clips on the Library's map."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.queries.saved_filters import all_saved
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.features import FeatureKind
from core.workspace import open_workspace
from db import features, reviewers
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, serving
from tests.integration.app.review_study import PRODUCER, ReviewStudy
from training.embedding_projection import make_map

LEFT, RIGHT = 4, 2


@pytest.fixture
def mapped(tmp_path: Path) -> Iterator[ServedWorkspace]:
    """Four clips on one side of the map and two on the other; one reviewer."""
    workspace = open_workspace(tmp_path / "workspace")
    database = open_database(workspace)
    (tmp_path / "videos").mkdir()
    study = ReviewStudy(workspace, database, tmp_path / "videos")
    store = FeatureStore(workspace.features_dir)
    for number, clip in enumerate(study.add_clips(LEFT + RIGHT, video=False)):
        rows = np.full((5, 8), 9.0 if number >= LEFT else 0.0, dtype=np.float32) + 0.1 * number * np.arange(8)
        path = store.write(clip.id, FeatureKind.IMAGE, {"features": rows.astype(np.float32)}, PRODUCER)
        with database.write() as connection:
            features.record(connection, clip.id, FeatureKind.IMAGE, PRODUCER, path)
    make_map(workspace, database, FeatureKind.IMAGE, SilentProgress())
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
    with serving(workspace.root, tmp_path / "server.log") as url:
        yield ServedWorkspace(url, workspace, database, study, reviewer.id)
    database.dispose()


def test_what_is_drawn_round_is_what_is_accepted_and_reviewed(page: Page, mapped: ServedWorkspace) -> None:
    page.goto(f"{mapped.url}/library")
    page.get_by_text("Map of embeddings").click()
    area = page.locator(".js-plotly-plot .nsewdrag")
    area.scroll_into_view_if_needed()
    places = [box for one in page.locator(".js-plotly-plot .point").all() if (box := one.bounding_box())]
    across = sorted(box["x"] + box["width"] / 2 for box in places)
    frame = area.bounding_box()
    assert frame is not None
    assert len(across) == LEFT + RIGHT
    gaps = np.diff(across)
    edge = across[int(gaps.argmax())] + float(gaps.max()) / 2
    inside = sum(place < edge for place in across)
    assert inside in {LEFT, RIGHT}  # which side is which is the projection's own affair
    top, bottom, left = frame["y"] + 2, frame["y"] + frame["height"] - 2, frame["x"] + 2
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((edge, top), (edge, bottom), (left, bottom), (left, top + 2)):
        page.mouse.move(x, y, steps=6)
    page.mouse.up()
    expect(page.get_by_text(f"{inside} clips picked out")).to_be_visible()
    expect(page.get_by_text(f"Page 1, {inside} clips")).to_be_visible()
    page.get_by_text("Accept pseudo-labels in bulk").click()
    expect(page.get_by_text(f"{LEFT + RIGHT - inside} outside the selection")).to_be_visible()
    page.get_by_role("button", name="Review these").click()
    page.get_by_test_id("queue").wait_for()
    (kept,), _ = all_saved(mapped.workspace)
    assert len(kept.clip_ids or ()) == inside
    expect(page.get_by_test_id("queue")).to_have_value(kept.queue)

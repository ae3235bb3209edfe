"""`telltale bench review` with very small numbers: every row is there, and what is no time holds."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from benchmarks.review.bench import bench_review

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def rows() -> list[BenchRow]:
    parts = Parts(print)
    with ThreadPoolExecutor(1) as own_thread:  # the browser of the other tests may be open in this one
        measured = own_thread.submit(bench_review, [24], 2, parts, clip_s=3.0, visits=1).result()
    parts.check_all_told()
    return measured


def test_every_budget_of_the_design_has_a_row(rows: list[BenchRow]) -> None:
    names = [row.what for row in rows if row.budget]
    for wanted in (
        "start until the first page is on the screen, 24 clips",
        "resident memory after the first page, 24 clips",
        "Library on the server, p95 of 1, 24 clips",
        "key pressed until durable, p95 of 4, 24 clips",
        "key pressed until the next clip's first frame is drawn, p95 of 2, 24 clips",
        "key pressed until the next clip's first frame is drawn, p95 of 2, 24 clips beside a training job",
        "growth of memory over 2 clips, 24 clips",
    ):
        assert wanted in names


def test_a_claim_shows_its_own_frame_first(rows: list[BenchRow]) -> None:
    held = {row.what: row.holds for row in rows}
    assert held["claims that showed another frame first, 24 clips"] is True

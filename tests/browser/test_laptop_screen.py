"""On a laptop of 1366 x 768, Review needs no scrolling: everything a judgment needs is inside the window."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Locator, Page

from core.types.clips import Clip
from core.types.pseudo_labels import Labeler
from core.types.transcript import TranscriptSegment
from core.workspace import open_workspace
from db import clips, pseudo_labels, reviewers, transcripts
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, remember, serving
from tests.browser.review_page import ReviewPage
from tests.integration.app.review_study import ANSWER, ReviewStudy

WIDTH_PX, HEIGHT_PX = 1366, 768
EMOTIONS = ("positive", "negative", "relief", "anger", "disappointment", "embarrassment", "contempt")
LONG = " ".join(["The shoulders drop and the gaze leaves the interviewer before the answer begins."] * 12)


@pytest.fixture(scope="module")
def seven_labels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedWorkspace]:
    """The app on a workspace whose taxonomy has seven labels, with a rationale longer than any screen."""
    folder = tmp_path_factory.mktemp("seven")
    root = folder / "workspace"
    root.mkdir()
    labels = "".join(
        f'[[taxonomy.labels]]\nname = "{name}"\ntitle = "{name.capitalize()} (concealed)"\ncolor = "#1B7F79"\nkey = "{key}"\n'
        for key, name in enumerate(EMOTIONS, 1)
    )
    (root / "telltale.toml").write_text(labels)
    workspace = open_workspace(root)
    database = open_database(workspace)
    videos = folder / "videos"
    videos.mkdir()
    study = ReviewStudy(workspace, database, videos)
    claims = tuple(replace(claim, text=LONG, reflection=LONG) for claim in ANSWER.claims * 4)
    answer = replace(ANSWER, reasoning=LONG, first_reasoning=LONG, claims=claims)
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
    for clip in study.add_clips(3, labeled=False):
        with database.write() as connection:
            transcripts.store(connection, clip.id, (TranscriptSegment("It was a long afternoon.", 0.0, 2.4),))
            pseudo_labels.store(connection, clip.id, Labeler("test", "rules", "1", "d", True), "s", answer)
    with serving(root, folder / "server.log") as url:
        yield ServedWorkspace(url, workspace, database, study, reviewer.id)
    database.dispose()


@pytest.fixture
def laptop(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": WIDTH_PX, "height": HEIGHT_PX})
    context.set_default_timeout(30_000)
    remember(context)
    yield context.new_page()
    context.close()


def parts(page: Page) -> dict[str, Locator]:
    return {
        "picture": page.get_by_test_id("picture"),
        "player": page.get_by_role("toolbar", name="Player"),
        "timeline": page.get_by_test_id("timeline"),
        "rationale": page.get_by_test_id("rationale"),
        "decision bar": page.get_by_test_id("decision-bar"),
        "note": page.get_by_test_id("note"),
        **{f"answer {n}": one for n, one in enumerate(page.get_by_test_id("decision-bar").get_by_role("button").all())},
        **{
            f"tool {n}": one
            for n, one in enumerate(page.get_by_role("toolbar", name="Player").get_by_role("button").all())
        },
    }


def boxes_at_once(page: Page, found: dict[str, Locator]) -> dict[str, dict[str, float]]:
    """x, y, width and height in px of parts of the page, all at the same moment: a lane may come meanwhile."""
    handles = {name: part.element_handle() for name, part in found.items()}
    script = "(parts) => parts.map((one) => one.getBoundingClientRect().toJSON())"
    rectangles: list[dict[str, float]] = page.evaluate(script, list(handles.values()))
    return dict(zip(handles, rectangles, strict=True))


def assert_all_in_the_window(page: Page) -> None:
    """Every part inside the window, the large ones of a useful size, none over another, and nothing to scroll to."""
    boxes = boxes_at_once(page, parts(page))
    for name, box in boxes.items():
        inside = (
            box["x"] >= 0
            and box["y"] >= 0
            and box["x"] + box["width"] <= WIDTH_PX
            and box["y"] + box["height"] <= HEIGHT_PX
        )
        assert inside, (name, box)
    assert boxes["picture"]["height"] >= 200
    assert boxes["rationale"]["height"] >= 300
    ends = [boxes[name]["y"] + boxes[name]["height"] for name in ("picture", "player", "timeline")]
    begins = [boxes[name]["y"] for name in ("player", "timeline", "decision bar")]
    assert all(end <= begin for end, begin in zip(ends, begins, strict=True)), boxes
    main = page.get_by_test_id("stMain")
    assert main.evaluate("(one) => one.scrollHeight <= one.clientHeight")


def test_blind(laptop: Page, served_workspace: ServedWorkspace) -> None:
    ReviewPage.open(laptop, served_workspace, served_workspace.study.add_clips(1)[0])
    assert_all_in_the_window(laptop)


def test_blind_beside_a_shut_sidebar(laptop: Page, served_workspace: ServedWorkspace) -> None:
    review = ReviewPage.open(laptop, served_workspace, served_workspace.study.add_clips(1)[0])
    laptop.get_by_test_id("stSidebar").hover()  # which shows the button
    laptop.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    laptop.get_by_test_id("stExpandSidebarButton").wait_for()
    review.wait_for(f"root.getBoundingClientRect().width > {WIDTH_PX - 120}")
    review.wait_for(f"root.getBoundingClientRect().bottom < {HEIGHT_PX}")
    assert_all_in_the_window(laptop)


def test_revealed(laptop: Page, served_workspace: ServedWorkspace) -> None:
    review = ReviewPage.open(laptop, served_workspace, served_workspace.study.add_clips(1)[0])
    review.judge_blind("1", 2)
    assert_all_in_the_window(laptop)


def test_seven_labels_and_a_rationale_longer_than_the_screen(laptop: Page, seven_labels: ServedWorkspace) -> None:
    clip = first_clip(seven_labels)
    review = ReviewPage.open(laptop, seven_labels, clip)
    assert_all_in_the_window(laptop)
    review.judge_blind("7", 3)
    laptop.get_by_role("button", name="All of it").click()
    assert_all_in_the_window(laptop)
    last = laptop.get_by_test_id(f"claim-{len(ANSWER.claims) * 4 - 1}")
    last.scroll_into_view_if_needed()
    scrolled = laptop.get_by_test_id("reasons").evaluate(
        "(one) => one.scrollTop > 0 && one.scrollHeight > one.clientHeight"
    )
    assert scrolled
    assert_all_in_the_window(laptop)


def first_clip(served: ServedWorkspace) -> Clip:
    with served.database.read() as connection:
        return clips.get(connection, clips.all_ids(connection)[0])

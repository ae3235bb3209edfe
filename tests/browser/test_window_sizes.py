"""Review from a phone to a 4K monitor: nothing lies over anything else, and what takes the answer is always in view."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.conftest import ServedWorkspace, remember
from tests.browser.review_page import ReviewPage

# Width and height in CSS px, and device px for each of them; the fourth is a laptop of 1366 px at 150 %.
SIZES = ((360, 740, 2.0), (768, 1024, 1.0), (1280, 800, 1.0), (911, 512, 1.5), (1920, 1080, 1.0), (3840, 2160, 1.0))
LEAST_FINGER_PX = 40
SIDEBAR_FROM_PX = 1180  # below it the sidebar shuts itself, a moment after the window has its size
_TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

_LOOK = """
(root) => {
  const box = (one) => one.getBoundingClientRect().toJSON();
  const of = (selector) => box(root.querySelector(selector));
  const page = document.querySelector('[data-testid="stMain"]');
  const wide = [document.scrollingElement, page, root, ...root.querySelectorAll('.work, .watch, .head, .decide, .transport')];
  return {
    window: [innerWidth, innerHeight],
    layout: root.dataset.layout,
    scrollsSideways: wide.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className || one.tagName),
    pageScrolls: page.scrollHeight > page.clientHeight,
    root: box(root),
    work: of('.work'),
    parts: Object.fromEntries(
      ['.head', '.stage', '.transport', '.timeline', '.rationale', '.decide'].map((one) => [one, of(one)]),
    ),
    tools: [...root.querySelectorAll('.head :is(button, select), .transport button, .decide :is(button, textarea)')]
      .filter((one) => one.checkVisibility())
      .map((one) => [one.textContent || one.className, box(one)]),
    text: parseFloat(getComputedStyle(root).fontSize),
  };
}
"""


@pytest.fixture
def cdp(page_of_its_own: Page) -> Iterator[CDPSession]:
    session = page_of_its_own.context.new_cdp_session(page_of_its_own)
    yield session
    session.detach()


def resize(review: ReviewPage, cdp: CDPSession, width: int, height: int, ratio: float) -> dict[str, Any]:
    """What stands where in a window of this size."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": ratio, "mobile": False}
    cdp.send("Emulation.setDeviceMetricsOverride", metrics)
    review.wait_for(
        "innerWidth === argument && root.getBoundingClientRect().right <= innerWidth"
        " && Math.abs(innerHeight - root.getBoundingClientRect().bottom) < 12"
        f" && (innerWidth >= {SIDEBAR_FROM_PX} || root.getBoundingClientRect().left < 60)",
        width,
    )
    review.root.evaluate(_TWO_FRAMES)
    found: dict[str, Any] = review.root.evaluate(_LOOK)
    return found


def apart(one: dict[str, float], other: dict[str, float]) -> bool:
    return (
        one["right"] <= other["left"] + 1
        or other["right"] <= one["left"] + 1
        or one["bottom"] <= other["top"] + 1
        or other["bottom"] <= one["top"] + 1
    )


def assert_in_order(seen: dict[str, Any]) -> None:
    width, height = seen["window"]
    assert (seen["window"], seen["scrollsSideways"]) == ([width, height], [])
    assert not seen["pageScrolls"]
    parts, work, bar = seen["parts"], seen["work"], seen["parts"][".decide"]
    assert work["bottom"] <= bar["top"]
    assert bar["bottom"] <= height
    for name, other in parts.items():
        assert other["left"] >= 0, name
        assert other["right"] <= width, name
        for rival, lies in parts.items():
            # what lies below the fold of the scrolled part is not seen there
            seen_of_it = (
                {**lies, "bottom": min(lies["bottom"], work["bottom"])} if rival not in (".head", ".decide") else lies
            )
            seen_of_me = (
                {**other, "bottom": min(other["bottom"], work["bottom"])} if name not in (".head", ".decide") else other
            )
            assert name == rival or apart(seen_of_me, seen_of_it), (name, rival)
    for words, tool in seen["tools"]:
        assert tool["left"] >= 0, words
        assert tool["right"] <= width, words
    stage = parts[".stage"]
    if seen["layout"] == "one":
        assert stage["width"] > 0.97 * seen["root"]["width"]
        assert stage["height"] >= min(0.55 * stage["width"], 0.9 * work["height"])
    else:
        assert stage["width"] > 0.55 * seen["root"]["width"]
        assert stage["height"] >= 0.45 * work["height"]


def test_at_every_size_nothing_overlaps_and_the_decision_bar_is_in_view(
    page_of_its_own: Page, cdp: CDPSession, served_workspace: ServedWorkspace
) -> None:
    review = ReviewPage.open(page_of_its_own, served_workspace, served_workspace.study.add_clips(1)[0])
    layouts, texts = {}, {}
    for width, height, ratio in SIZES:
        seen = resize(review, cdp, width, height, ratio)
        layouts[width], texts[width] = seen["layout"], seen["text"]
        assert_in_order(seen)
    review.judge_blind("1", 2)
    for width, height, ratio in SIZES:
        assert_in_order(resize(review, cdp, width, height, ratio))
    assert layouts == {360: "one", 768: "one", 1280: "two", 911: "two", 1920: "two", 3840: "two"}
    assert texts[1920] < 15
    assert texts[3840] > 20


def test_fingers_find_targets_of_their_size_on_a_phone(chromium: Browser, served_workspace: ServedWorkspace) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    context.set_default_timeout(30_000)
    remember(context)
    review = ReviewPage.open(context.new_page(), served_workspace, served_workspace.study.add_clips(1)[0])
    seen = review.root.evaluate(_LOOK)
    context.close()
    assert_in_order(seen)
    small = {words: tool for words, tool in seen["tools"] if min(tool["width"], tool["height"]) < LEAST_FINGER_PX - 0.5}
    assert small == {}


def test_full_screen_holds_all_that_a_judgment_needs(page: Page, served_workspace: ServedWorkspace) -> None:
    review = ReviewPage.open(page, served_workspace, served_workspace.study.add_clips(1)[0])
    narrow = review.root.evaluate("root => root.getBoundingClientRect().width")
    page.get_by_test_id("full-screen").click()
    review.wait_for(
        "root.getRootNode().fullscreenElement && root.getBoundingClientRect().width > argument + 200", narrow
    )
    review.wait_for("Math.abs(innerHeight - root.getBoundingClientRect().bottom) < 12")
    assert_in_order(review.root.evaluate(_LOOK))
    review.judge_blind("1", 2)
    page.keyboard.press("z")
    review.wait_for("!root.getRootNode().fullscreenElement && root.getBoundingClientRect().width <= argument", narrow)

"""Keys of Review: each has a button that can be seen and that tells its key to screen readers; none fires while typing."""

import pytest
from playwright.sync_api import Locator, Page, expect

from app.review.assets import ASSET_BASE
from core.types.clips import Clip
from db import decisions
from tests.browser.conftest import ServedWorkspace
from tests.browser.review_page import ReviewPage

# What `aria-keyshortcuts` calls a key, by what the table of keys.js calls it.
ARIA = {
    " ": "Space",
    "Ctrl+ArrowLeft": "Control+ArrowLeft",
    "Ctrl+ArrowRight": "Control+ArrowRight",
    "Ctrl+z": "Control+z",
}
LABEL_KEYS = ["1", "2", "3"]  # for the row of the labels' digits
UNHARMFUL = {"PageDown", "PageUp", "Ctrl+z", "Escape"}  # in a field: scroll, undo of the typing, leaving the field


@pytest.fixture
def clip(served_workspace: ServedWorkspace) -> Clip:
    return served_workspace.study.add_clips(1)[0]


@pytest.fixture
def review(page: Page, served_workspace: ServedWorkspace, clip: Clip) -> ReviewPage:
    return ReviewPage.open(page, served_workspace, clip)


def table_of_keys(page: Page) -> dict[str, list[str]]:
    """What each row of the sheet does, and the keys that do it."""
    script = "async (url) => (await import(url)).KEY_GROUPS.flatMap(([, keys]) => keys)"
    rows = page.evaluate(script, ASSET_BASE + "/keys.js")
    return {what: LABEL_KEYS if action == "digit" else names for what, names, action, *_argument in rows}


def told_keys(page: Page) -> set[str]:
    """Keys of the buttons that can be seen now, each with a name for screen readers."""
    buttons = page.get_by_test_id("review-root").locator("button[aria-keyshortcuts]:visible")
    script = """
    (all) => all.map((one) => {
      const shown = [...one.childNodes].filter((node) => node.ariaHidden !== "true").map((node) => node.textContent);
      return [one.getAttribute("aria-keyshortcuts"), one.getAttribute("aria-label") ?? shown.join("").trim()];
    })
    """
    told = buttons.evaluate_all(script)
    assert all(name for _key, name in told), told
    return {key.lower() for key, _name in told}


def test_every_key_has_a_button(page: Page, review: ReviewPage) -> None:
    told = told_keys(page)
    page.keyboard.press("1")
    page.get_by_test_id("rater-confidence-1").wait_for()
    told |= told_keys(page)
    page.keyboard.press("2")
    review.wait_for_rationale()
    told |= told_keys(page)
    page.route("**/api/review/decisions", lambda route: route.abort())
    page.keyboard.press("a")
    page.get_by_test_id("save-again").wait_for()
    told |= told_keys(page)
    lacking = {
        what: keys
        for what, keys in table_of_keys(page).items()
        if what != "Type a label, where there are more than nine"  # its palette has tests of its own
        and not {ARIA.get(key, key).lower() for key in keys} & told
    }
    assert lacking == {}


def type_every_key(page: Page, field: Locator) -> str:
    """All keys of the table into a field; what stands in it then."""
    keys = [key for row in table_of_keys(page).values() for key in row if key not in UNHARMFUL]
    field.click()
    for key in keys:
        page.keyboard.press(key.replace("Ctrl", "Control"))
    return field.input_value()


def assert_nothing_fired(review: ReviewPage, served: ServedWorkspace, clip: Clip) -> None:
    state = {name: review.data(name) for name in ("clipId", "step", "videoFrame", "playing")}
    assert state == {"clipId": str(clip.id), "step": "label", "videoFrame": "0", "playing": "false"}
    review.page.wait_for_selector(
        '[data-testid="choose-label-positive"]'
    )  # no label chosen: rater_confidence is not asked
    for switch in ("overlay", "body", "face", "hands"):
        expect(review.page.get_by_test_id(f"switch-{switch}")).to_have_attribute("aria-pressed", "false")
    expect(review.page.get_by_test_id("switch-picture")).to_have_attribute("aria-pressed", "true")
    expect(review.page.get_by_test_id("shot")).to_contain_text("Zoom: whole")
    for drawer in ("help", "manual"):
        expect(review.page.get_by_test_id(drawer)).to_be_hidden()
    with served.database.read() as connection:
        assert decisions.history(connection, clip.id) == []


def test_no_key_fires_while_a_note_is_typed(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    written = type_every_key(page, page.get_by_test_id("note"))
    assert set("jlhbfgoqcwmaxrutdvinpy?123") <= set(written.lower())  # Backspace takes the s away
    assert_nothing_fired(review, served_workspace, clip)


def test_no_key_fires_while_a_reviewers_name_is_typed(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    page.get_by_role("button", name="New reviewer").click()
    field = page.get_by_role("textbox", name="Name")
    field.click()
    page.keyboard.type("jlhbfgoqcwmaxsrutdvinpy?123 ,.")
    expect(field).to_have_value("jlhbfgoqcwmaxsrutdvinpy?123 ,.")
    assert_nothing_fired(review, served_workspace, clip)


def test_no_key_fires_while_a_queue_is_chosen(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    page.get_by_test_id("queue").focus()
    for key in "123xaskjhq":
        page.keyboard.press(key)
    assert_nothing_fired(review, served_workspace, clip)


def test_review_is_worked_by_tab_and_enter_alone(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    for name in ("choose-label-negative", "rater-confidence-3"):
        page.get_by_test_id(name).focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    review.wait_for_rationale()
    with served_workspace.database.read() as connection:
        (blind,) = decisions.history(connection, clip.id)
    assert (blind.label, blind.rater_confidence) == ("negative", 3)


def test_a_digit_pressed_twice_does_not_answer_the_next_question(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    review.press_at_once("1", "1")
    expect(page.get_by_test_id("not-taken")).to_contain_text("Not taken: the same key twice.")
    expect(page.get_by_test_id("decision-bar")).to_contain_text("How sure are you?")
    review.press_at_once("2")  # another key counts at once
    review.wait_for_rationale()
    with served_workspace.database.read() as connection:
        (blind,) = decisions.history(connection, clip.id)
    assert (blind.label, blind.rater_confidence) == ("positive", 2)


def test_a_double_click_on_a_label_does_not_answer_the_next_question(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    page.get_by_test_id("choose-label-positive").dblclick()
    expect(page.get_by_test_id("decision-bar")).to_contain_text("How sure are you?")
    with served_workspace.database.read() as connection:
        assert decisions.history(connection, clip.id) == []


def test_a_reviewers_own_key_is_pictured_acts_and_stays(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    page.keyboard.press("?")
    page.locator('[data-row="skip"]').click()
    page.keyboard.press("b")
    refusal = "B is the key for “Body”. Give that another key first."
    expect(page.get_by_test_id("keys-said")).to_have_text(refusal)
    page.locator('[data-row="skip"]').click()
    page.keyboard.press(";")
    expect(page.locator('[data-row="skip"]')).to_have_text(";")
    again = ReviewPage.open(page, served_workspace, clip)
    expect(page.get_by_test_id("skip").locator("kbd")).to_have_text(";")
    page.keyboard.press("s")  # no longer a key
    page.keyboard.press(";")
    again.wait_for_decided(clip)
    assert again.data("savedKind") == "skip"


def test_the_note_and_the_speed_have_keys(page: Page, review: ReviewPage) -> None:
    page.keyboard.press("e")
    page.keyboard.type("looks away 1")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("note")).to_have_value("looks away 1")
    page.keyboard.press(">")
    expect(page.get_by_test_id("rate")).to_have_text("1.5 ×")
    page.keyboard.press("0")
    expect(page.get_by_test_id("rate")).to_have_text("1 ×")

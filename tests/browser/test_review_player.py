"""The Review screen's player: what is drawn is one frame, picture and skeleton both."""

import itertools
import random
from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect

from app.review.assets import ASSET_BASE
from core.types.clips import Clip
from tests.browser.conftest import ServedWorkspace
from tests.browser.review_page import ReviewPage
from tests.integration.app.review_study import FRAMES

# As Streamlit does where the theme changes just before a rerun.
_OVERTAKE = """
async (root, [module, data]) => {
  const { mount } = await import(new URL(module, document.location.origin).href);
  mount(root.getRootNode(), data)();
}
"""


@pytest.fixture
def clip(served_workspace: ServedWorkspace) -> Clip:
    return served_workspace.study.add_clips(1)[0]


def test_the_skeleton_is_of_the_very_frame_on_screen_after_random_steps_and_seeks(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    clip = served_workspace.study.add_clips(1, frame_rate=Fraction(30000, 1001))[0]
    review = ReviewPage.open(page, served_workspace, clip)
    review.show_skeleton()
    chance = random.Random(7)
    for _ in range(20):
        wanted = chance.randrange(FRAMES)
        if chance.random() < 0.5:
            review.seek_to_frame(wanted)
        else:
            wanted = review.step(chance.choice([-3, -2, -1, 1, 2, 3]))
        review.wait_for_frame(wanted)
        assert review.numbers_on_canvas() == (wanted, wanted)


def test_while_playing_picture_and_skeleton_are_the_same_frame(
    page: Page, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    review.show_skeleton()
    seen = review.play_and_read_canvas(12)
    assert [picture for picture, _ in seen] == [skeleton for _, skeleton in seen]
    assert len({picture for picture, _ in seen}) > 3


def test_a_frame_without_key_points_has_no_skeleton(page: Page, served_workspace: ServedWorkspace) -> None:
    clip = served_workspace.study.add_clips(1, missing_rows=slice(10, 14))[0]
    review = ReviewPage.open(page, served_workspace, clip)
    review.show_skeleton()
    review.click_timeline(12.5 / 25)
    review.wait_for("Number(data.timestampUs) >= 400000 && Number(data.timestampUs) < 560000")
    assert (review.data("skeletonFrame"), review.numbers_on_canvas()[1]) == ("", -1)


def test_a_clip_without_a_picture_plays_its_skeleton_by_the_clock(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    clip = served_workspace.study.add_clips(1, video=False)[0]
    review = ReviewPage.open(page, served_workspace, clip)
    assert page.get_by_text("No picture: this clip has key points only.").is_visible()
    page.keyboard.press("Space")
    review.wait_for("Number(data.skeletonFrame) > 5")


def test_the_skeleton_is_hidden_until_the_first_answer_and_each_choice_is_remembered_for_its_side_of_it(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    first, second = served_workspace.study.add_clips(2)
    review = ReviewPage.open(page, served_workspace, first)
    hidden = review.skeleton_pixels()
    review.judge_blind("1", 2)
    expect(page.get_by_test_id("switch-overlay")).to_have_attribute("aria-pressed", "true")
    assert (hidden, review.skeleton_pixels() > 0) == (0, True)
    page.keyboard.press("h")
    review = ReviewPage.open(page, served_workspace, second)
    review.show_skeleton()
    assert review.skeleton_pixels() > 0
    review.judge_blind("1", 2)
    expect(page.get_by_test_id("switch-overlay")).to_have_attribute("aria-pressed", "false")
    assert review.skeleton_pixels() == 0


def test_a_marked_span_is_played_again_and_again(page: Page, served_workspace: ServedWorkspace, clip: Clip) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    review.drag_timeline(1.0, 1.4)
    review.wait_for_frame(25)
    page.keyboard.press("Space")
    frames = review.frames_while_playing(60)
    inside = [frame for frame in frames if 24 <= frame <= 36]
    assert any(later < earlier for earlier, later in itertools.pairwise(inside))
    assert max(frames) <= 37


def test_two_keys_set_the_ends_of_a_loop(page: Page, served_workspace: ServedWorkspace, clip: Clip) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    for frame, key in ((10, "["), (18, "]")):
        review.seek_to_frame(frame)
        page.keyboard.press(key)
    review.seek_to_frame(10)
    page.keyboard.press("Space")
    frames = review.frames_while_playing(40)
    assert any(later < earlier for earlier, later in itertools.pairwise(frames))
    assert set(frames) <= set(range(10, 19))


def test_a_zoomed_timeline_moves_along_with_what_is_on_the_screen(
    page: Page, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    review.wait_for("Number(data.timeS) > 1.5")
    review.click_timeline(0.0)
    review.wait_for("data.seeking === 'false'")
    assert float(review.data("timeS")) > 0.5


def test_the_ruler_of_a_zoomed_timeline_is_dragged_along(
    page: Page, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    page.get_by_role("button", name="Zoom the timeline in (+)").click()
    review.drag_ruler(0.8, 0.2)
    review.click_timeline(0.0)
    review.wait_for("data.seeking === 'false'")
    assert float(review.data("timeS")) > 0.3
    assert review.data("playing") != "true"


def test_the_timeline_seeks_where_it_is_clicked(page: Page, served_workspace: ServedWorkspace, clip: Clip) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    review.click_timeline(2.0)
    review.wait_for("Math.abs(Number(data.timeS) - 2.0) < 0.1")


def test_a_rerun_of_the_page_keeps_clip_and_frame(page: Page, served_workspace: ServedWorkspace, clip: Clip) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    review.show_skeleton()
    review.seek_to_frame(30)
    review.root.evaluate("root => { root.mark = 'the same node'; }")
    review.rerun_streamlit()
    assert review.root.evaluate("root => root.mark") == "the same node"
    assert review.numbers_on_canvas() == (30, 30)


def test_the_clean_up_after_a_call_that_was_overtaken_keeps_the_screen_and_what_was_begun(
    page: Page, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    page.keyboard.press("1")
    page.get_by_test_id("rater-confidence-2").wait_for()
    review.root.evaluate(_OVERTAKE, [ASSET_BASE + "/review.js", {"reviewer": {"id": served_workspace.reviewer_id}}])
    assert page.get_by_test_id("rater-confidence-2").is_visible()


def test_the_screen_ends_with_its_page(page: Page, served_workspace: ServedWorkspace, clip: Clip) -> None:
    root = ReviewPage.open(page, served_workspace, clip).root
    page.get_by_test_id("stSidebar").get_by_role("link", name="Library").click()
    page.get_by_role("heading", name="Library").wait_for()
    page.wait_for_function("root => root.parentElement === null", arg=root)


def test_going_back_shows_the_clip_before_from_its_first_frame(page: Page, served_workspace: ServedWorkspace) -> None:
    first, second = served_workspace.study.add_clips(2)
    review = ReviewPage.open(page, served_workspace, first)
    review.show_skeleton()
    review.seek_to_frame(20)
    page.keyboard.press("n")
    review.wait_for_clip(second)
    page.keyboard.press("p")
    review.wait_for_clip(first)
    review.wait_for_frame(0)
    assert review.numbers_on_canvas() == (0, 0)


def test_one_key_goes_from_the_whole_picture_to_the_portrait_to_the_face_and_the_next_clip_keeps_it(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    first, second = served_workspace.study.add_clips(2)
    review = ReviewPage.open(page, served_workspace, first)
    review.show_skeleton()
    whole = float(review.data("project").split(",")[0])
    page.keyboard.press("c")
    review.wait_for("Number(data.project.split(',')[0]) > argument * 1.01", whole)
    page.keyboard.press("c")
    expect(page.get_by_test_id("shot")).to_contain_text("Zoom: face")
    review = ReviewPage.open(page, served_workspace, second)
    expect(page.get_by_test_id("shot")).to_contain_text("Zoom: face")
    page.keyboard.press("c")
    review.wait_for("data.shot === 'whole' && data.zoomed === 'false'")


def test_the_wheel_zooms_around_the_pointer_dragging_moves_and_the_skeleton_stays_on_the_frame(
    page: Page, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    review.show_skeleton()
    stage = page.get_by_test_id("picture").bounding_box()
    assert stage is not None
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] * 0.2
    page.mouse.move(x, y)
    page.mouse.wheel(0, -20)  # so that all joints of the number stay on the picture
    review.wait_for("data.zoomed === 'true'")
    before = [float(number) for number in review.data("project").split(",")]
    page.mouse.down()
    page.mouse.move(x + 9, y + 4, steps=3)
    page.mouse.up()
    after = [float(number) for number in review.data("project").split(",")]
    moved = [round(there - here) for here, there in zip(before, after, strict=True)]
    assert (moved[:2], review.data("playing")) == ([0, 9], "false")
    assert review.numbers_on_canvas() == (0, 0)

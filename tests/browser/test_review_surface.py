"""What the Review screen offers around a judgment: box, blurred face, words, other answers, the coding manual."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.review.assets import ASSET_BASE
from core.types.clips import Clip
from core.types.pseudo_labels import Labeler
from core.types.transcript import TranscriptSegment
from db import clips, decisions, pseudo_labels, transcripts
from tests.browser.conftest import ServedWorkspace
from tests.browser.review_page import ReviewPage
from tests.integration.app.review_study import ANSWER


@pytest.fixture
def clip(served_workspace: ServedWorkspace) -> Clip:
    return served_workspace.study.add_clips(1)[0]


@pytest.fixture
def review(page: Page, served_workspace: ServedWorkspace, clip: Clip) -> ReviewPage:
    return ReviewPage.open(page, served_workspace, clip)


_BLUR = """
async ([base, faces]) => {
  const { FaceBlur } = await import(base + "/player/face_blur.js");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [320, 240];
  const context = canvas.getContext("2d");
  const shades = (x, y) => [...context.getImageData(x, y, 16, 16).data].filter((_, at) => at % 4 === 0);
  const spread = (x, y) => Math.max(...shades(x, y)) - Math.min(...shades(x, y));
  const blur = new FaceBlur();
  const clip = {};
  return faces.map(([time, found]) => {
    for (let x = 0; x < 320; x += 4)
      for (let y = 0; y < 240; y += 4) {
        context.fillStyle = (x + y) % 8 ? "#fff" : "#000";
        context.fillRect(x, y, 4, 4);
      }
    const points = new Float32Array(137 * 3);
    if (found) for (let joint = 25; joint < 95; joint++)
      points.set([140 + (joint % 10) * 4, 100 + (joint % 7) * 6, 0.9], joint * 3);
    const what = blur.paint(context, canvas, clip, found ? points : null, time, { scale: 1, x: 0, y: 0 });
    return [what, spread(152, 112), spread(4, 4)];
  });
}
"""


def _blurred(page: Page, url: str, *faces: tuple[float, bool]) -> list[tuple[str, int, int]]:
    """For (time, whether a face is found): what is blurred, and the contrast left in the face and in a corner."""
    page.goto(f"{url}/_stcore/health")
    found = page.evaluate(_BLUR, [url + ASSET_BASE, [list(face) for face in faces]])
    return [(what, face, corner) for what, face, corner in found]


def test_a_blurred_face_has_no_detail_left_and_the_rest_has_all(page: Page, served_workspace: ServedWorkspace) -> None:
    ((what, face, corner),) = _blurred(page, served_workspace.url, (0.0, True))
    assert (what, corner) == ("face", 255)
    assert face < 40


def test_a_face_that_is_lost_for_a_moment_stays_blurred_where_it_was(
    page: Page, served_workspace: ServedWorkspace
) -> None:
    _, (what, face, corner) = _blurred(page, served_workspace.url, (0.0, True), (0.4, False))
    assert (what, corner) == ("face", 255)
    assert face < 40


def test_where_no_face_is_found_the_whole_picture_is_blurred(page: Page, served_workspace: ServedWorkspace) -> None:
    _, (what, face, corner) = _blurred(page, served_workspace.url, (0.0, True), (0.6, False))
    assert what == "picture"
    assert max(face, corner) < 40


def test_the_face_on_screen_is_blurred_by_one_key(page: Page, review: ReviewPage) -> None:
    page.keyboard.press("w")
    review.wait_for("data.blurred === 'face'")
    page.keyboard.press("w")
    review.wait_for("data.blurred === ''")


def test_the_box_of_the_person_is_drawn_on_request(page: Page, review: ReviewPage) -> None:
    before = review.picture()
    page.keyboard.press("q")
    page.locator('[data-testid="switch-box"][aria-pressed="true"]').wait_for()
    assert review.picture() != before


def test_the_manual_is_one_key_away_and_keys_rest_while_it_is_open(
    page: Page, review: ReviewPage, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    page.keyboard.press("y")
    page.get_by_test_id("manual").get_by_text("Touching the jaw").wait_for()
    page.keyboard.press("1")
    page.keyboard.press("3")
    page.keyboard.press("y")
    page.get_by_test_id("manual").wait_for(state="hidden")
    with served_workspace.database.read() as connection:
        assert decisions.history(connection, clip.id) == []


def test_the_words_are_on_the_time_axis(page: Page, served_workspace: ServedWorkspace, clip: Clip) -> None:
    with served_workspace.database.write() as connection:
        clips.set_transcript(connection, clip.id, "It was a long afternoon.")
        transcripts.store(connection, clip.id, (TranscriptSegment("It was a long afternoon.", 0.0, 2.4),))
    review = ReviewPage.open(page, served_workspace, clip)
    review.hover_words(1.2)
    page.get_by_text("It was a long afternoon.").wait_for()


def test_the_time_axis_says_in_words_what_its_lanes_show(page: Page, review: ReviewPage) -> None:
    axis = page.get_by_role("slider", name="Position in the clip")
    review.click_timeline(1.2)
    axis.focus()
    expect(axis).to_have_attribute("aria-valuetext", "0:01.20")
    review.judge_blind("2", 3)
    review.click_timeline(1.3)
    axis.focus()
    told = re.compile(r"^0:01\.\d\d; claim, Supported: The right hand touches the jaw\.")
    expect(axis).to_have_attribute("aria-valuetext", told)


def test_another_labelers_answer_is_shown_in_place_and_is_the_one_decided_on(
    page: Page, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    review = _shows_the_answer_that_does_not_count(page, served_workspace, clip)
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("t")
    page.keyboard.press("a")
    review.wait_for_decided(clip)
    with served_workspace.database.read() as connection:
        final = decisions.history(connection, clip.id)[-1]
        beside = pseudo_labels.of_clip(connection, clip.id)[-1]
    assert (final.pseudo_label_id, list(final.claim_verdicts)) == (beside.id, [beside.answer.claims[0].id])


def test_a_frame_that_the_browser_has_not_got_yet_is_drawn_when_it_has(
    page_of_its_own: Page, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    late = """
    const Real = VideoFrame;
    let refused = 0;
    window.VideoFrame = new Proxy(Real, {
      construct(target, given) {
        if (given[0] instanceof HTMLVideoElement && refused++ < 3) throw new DOMException("not yet", "InvalidStateError");
        return Reflect.construct(target, given);
      },
    });
    """
    page_of_its_own.add_init_script(late)
    review = ReviewPage.open(page_of_its_own, served_workspace, clip)
    assert review.data("videoFrame") == "0"


def test_a_link_shows_the_very_answer_that_its_sender_saw(
    page: Page, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    _shows_the_answer_that_does_not_count(page, served_workspace, clip)
    page.wait_for_url("**&answer=*")
    page.goto(page.url)
    page.get_by_text("rules · prompt 2").wait_for()


def test_a_link_to_an_answer_that_is_not_there_shows_the_one_that_counts_and_says_so(
    page: Page, served_workspace: ServedWorkspace, clip: Clip
) -> None:
    review = ReviewPage.open(page, served_workspace, clip)
    review.judge_blind("2", 3)
    page.goto(f"{served_workspace.url}/review?queue=unreviewed&clip={clip.id}&answer=999999")
    page.get_by_text("The answer that the link names is not there; the one that counts is shown.").wait_for()
    page.get_by_text("rules · prompt 1").wait_for()


def _shows_the_answer_that_does_not_count(page: Page, served: ServedWorkspace, clip: Clip) -> ReviewPage:
    """A second version of the labeler answers too; the clip is judged blind, and the second version's answer is chosen."""
    with served.database.write() as connection:
        pseudo_labels.store(connection, clip.id, Labeler("test", "rules", "2", "e", True), "s", ANSWER)
    review = ReviewPage.open(page, served, clip)
    review.judge_blind("2", 3)
    page.get_by_test_id("answers").select_option(label="test 2")
    page.get_by_text("rules · prompt 2").wait_for()
    expect(page.get_by_test_id("beside")).to_contain_text("does not count: the clip's pseudo-label is that of test 1")
    return review


def test_escape_and_a_click_beside_close_the_cue_filter_and_do_nothing_else(page: Page, review: ReviewPage) -> None:
    panel, picture = page.get_by_role("group", name="Which cues are shown"), page.get_by_test_id("picture")
    page.keyboard.press("[")  # a loop, which Escape would end
    loop = page.locator("button[aria-pressed]", has_text="Loop")
    expect(loop).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("cue-filter").click()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(loop).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("cue-filter").click()
    picture.click()
    expect(panel).to_be_hidden()
    assert review.data("playing") == "false"
    picture.click()
    review.wait_for("data.playing === 'true'")


def test_cues_are_filtered_and_the_filter_is_remembered(
    page: Page, served_workspace: ServedWorkspace, clip: Clip, review: ReviewPage
) -> None:
    review.judge_blind("2", 3)
    expect(page.get_by_test_id("cue-list").locator("li")).to_have_text(
        "Self-touch: Touching the jaw, 0:01.0 to 0:01.6, strength 0.80"
    )
    page.get_by_test_id("cue-filter").click()
    page.get_by_label("Self-touch").uncheck()
    expect(page.get_by_test_id("cue-filter")).to_have_text("0 of 1 cues")
    ReviewPage.open(page, served_workspace, clip)
    expect(page.get_by_test_id("cue-filter")).to_have_text("0 of 1 cues")

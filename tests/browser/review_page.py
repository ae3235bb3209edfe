"""The Review screen as the tests drive it: keys, buttons, and what is on the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import ElementHandle, Page

from core.types.clips import Clip
from tests.integration.app.review_study import (
    BITS,
    FRAMES,
    NOUGHT_Y_PX,
    NUMBER_JOINTS,
    ONE_Y_PX,
    SQUARE_PX,
    number_joint_x_px,
)

if TYPE_CHECKING:
    from tests.browser.conftest import ServedWorkspace

_READ_CANVAS = """
(root, {squares, joints, y}) => {
  const canvas = root.querySelector('[data-testid="picture"]');
  const context = canvas.getContext('2d');
  const [scale, left, top] = root.dataset.project.split(',').map(Number);
  const at = (x, y) => context.getImageData(Math.round(x * scale + left), Math.round(y * scale + top), 1, 1).data;
  const bright = (pixel) => pixel[0] + pixel[1] + pixel[2] > 450;
  let picture = 0, skeleton = 0;
  squares.forEach((x, bit) => { if (bright(at(x, 8))) picture |= 1 << bit; });
  for (const [bit, x] of joints.entries()) {
    const [one, nought] = [bright(at(x, y.one)), bright(at(x, y.nought))];
    if (one === nought) return [picture, -1];
    if (one) skeleton |= 1 << bit;
  }
  return [picture, skeleton];
}
"""
# Asked at each drawing of the page; Playwright's own waits ask every half second once something takes longer than a quarter.
_MOUNTED = (
    "[...document.querySelectorAll('[data-testid=\"stBidiComponentIsolated\"]')]"
    ".map((one) => one.shadowRoot?.querySelector('[data-testid=\"review-root\"]')).find(Boolean)"
)
_PLACES = {
    "squares": [SQUARE_PX * (bit + 0.5) for bit in range(BITS)],
    "joints": [number_joint_x_px(bit) for bit in range(len(NUMBER_JOINTS))],
    "y": {"one": ONE_Y_PX, "nought": NOUGHT_Y_PX},
}


@dataclass(frozen=True)
class ReviewPage:
    page: Page

    @classmethod
    def open(cls, page: Page, served: ServedWorkspace, clip: Clip, queue: str = "unreviewed") -> ReviewPage:
        """Opens the clip by its address and waits until it can be judged."""
        page.goto(f"{served.url}/review?queue={queue}&clip={clip.id}")
        review = cls(page)
        review.wait_for_clip(clip)
        return review

    @property
    def root(self) -> ElementHandle:
        """The screen that is mounted now."""
        return self.page.get_by_test_id("review-root").element_handle()

    def data(self, name: str) -> str:
        value = self.root.evaluate("(root, name) => root.dataset[name]", name)
        return str(value)

    def wait_for(self, condition: str, argument: object = None) -> None:
        """`condition` is JavaScript on `root` (the screen that is mounted then), its dataset `data`, and `argument`."""
        script = (
            f"(argument) => {{ const root = {_MOUNTED}; const data = root?.dataset; return root && ({condition}); }}"
        )
        self.page.wait_for_function(script, arg=argument)

    def wait_for_clip(self, clip: Clip) -> None:
        """Until the clip is drawn and takes decisions; the keys rest for a moment after a clip has changed."""
        self.wait_for(
            "data.clipId === String(argument) && data.shownClip === data.clipId && data.ready === 'true'", clip.id
        )

    def wait_for_frame(self, frame: int) -> None:
        self.wait_for("data.videoFrame === String(argument) && data.skeletonFrame === data.videoFrame", frame)

    def wait_for_decided(self, clip: Clip) -> None:
        """Until the screen says that the last word on the clip is saved."""
        self.wait_for(
            "data.saved === 'saved' && data.savedClip === String(argument) && data.savedKind !== 'blind'", clip.id
        )

    def wait_for_prefetch(self) -> None:
        """Until the clips after this one are held ready."""
        self.wait_for("Number(data.ahead) > 0")

    def press_at_once(self, *keys: str) -> None:
        """Key presses one right after the other, faster than any hand."""
        script = """
        (root, keys) => {
          for (const key of keys)
            window.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, composed: true, cancelable: true}));
        }
        """
        self.root.evaluate(script, list(keys))

    def note_first_frame_after_click(self, selector: str) -> None:
        """Clicks, and keeps the first frame drawn that is not the one before as `root.firstFrame`."""
        script = """
        (root, selector) => new Promise((resolve) => {
          const before = root.dataset.videoFrame;
          const watch = new MutationObserver(() => {
            if (root.dataset.videoFrame === before) return;
            watch.disconnect();
            root.firstFrame = root.dataset.videoFrame;
            resolve();
          });
          watch.observe(root, {attributes: true, attributeFilter: ['data-video-frame']});
          root.querySelector(selector).click();
        })
        """
        self.root.evaluate(script, selector)

    def judge_blind(self, label_key: str, rater_confidence: int) -> None:
        """Label and rater_confidence by keys, until the rationale is there; the same key twice would be one press twice."""
        self.page.keyboard.press(label_key)
        if label_key == str(rater_confidence):
            self.page.get_by_test_id(f"rater-confidence-{rater_confidence}").click()
        else:
            self.page.keyboard.press(str(rater_confidence))
        self.wait_for_rationale()

    def wait_for_rationale(self) -> None:
        """Until the blind answer has shown it."""
        self.wait_for('root.querySelector(\'[data-testid="rationale"][data-open="true"]\')')

    def show_skeleton(self) -> None:
        """It is hidden until the first answer, unless somebody shows it."""
        self.page.keyboard.press("h")
        self.page.locator('[data-testid="switch-overlay"][aria-pressed="true"]').wait_for()

    def numbers_on_canvas(self) -> tuple[int, int]:
        """(frame number in the picture, frame number in the skeleton), read from the same drawing."""
        picture, skeleton = self.root.evaluate(_READ_CANVAS, _PLACES)
        return picture, skeleton

    def skeleton_pixels(self) -> int:
        """How many of the places of number joints are bright."""
        _picture, skeleton = self.numbers_on_canvas()
        return 0 if skeleton == -1 else len(NUMBER_JOINTS)

    def play_and_read_canvas(self, drawings: int) -> list[tuple[int, int]]:
        """Plays, and reads the canvas on each of so many drawings."""
        script = f"""
        (root, places) => new Promise((resolve) => {{
          const read = {_READ_CANVAS};
          const seen = [];
          const watch = new MutationObserver(() => {{
            seen.push(read(root, places));
            if (seen.length < {drawings}) return;
            watch.disconnect();
            resolve(seen);
          }});
          watch.observe(root, {{attributes: true, attributeFilter: ['data-video-frame']}});
          root.querySelector('[data-testid="play"]').click();
        }})
        """
        return [(picture, skeleton) for picture, skeleton in self.root.evaluate(script, _PLACES)]

    def frames_while_playing(self, drawings: int) -> list[int]:
        """Frame numbers of the next drawings."""
        script = """
        (root, drawings) => new Promise((resolve) => {
          const seen = [];
          const watch = new MutationObserver(() => {
            seen.push(Number(root.dataset.videoFrame));
            if (seen.length < drawings) return;
            watch.disconnect();
            resolve(seen);
          });
          watch.observe(root, {attributes: true, attributeFilter: ['data-video-frame']});
        })
        """
        return [int(frame) for frame in self.root.evaluate(script, drawings)]

    def step(self, frames: int) -> int:
        """Steps by keys; returns the frame that must be shown then.

        A frame may still come after a pause, so the one stepped from is that on screen when the first key is pressed.
        """
        self.root.evaluate(
            "root => window.addEventListener('keydown', () => { root.steppedFrom = root.dataset.videoFrame; },"
            " {capture: true, once: true})"
        )
        for _ in range(abs(frames)):
            self.page.keyboard.press("." if frames > 0 else ",")
        before = int(self.root.evaluate("root => root.steppedFrom"))
        return min(max(0, before + frames), FRAMES - 1)

    def seek_to_frame(self, frame: int) -> None:
        """By a click on the timeline, then by single steps where a pixel is wider than a frame."""
        self.click_timeline((frame + 0.5) / FRAMES * float(self.data("durationS")))
        self.wait_for("data.seeking === 'false'")
        if missing := frame - int(self.data("videoFrame")):
            self.step(missing)
        self.wait_for_frame(frame)

    def click_timeline(self, time_s: float) -> None:
        x, y = self._timeline_point(time_s)
        self.page.mouse.click(x, y)

    def hover_words(self, time_s: float) -> None:
        """Over the lane of words, which stands above that of the key points."""
        x, y = self._timeline_point(time_s)
        self.page.mouse.move(x, y - 28)

    def picture(self) -> str:
        """What is on the canvas, as a data URL."""
        drawn = self.root.evaluate("(root) => root.querySelector('[data-testid=\"picture\"]').toDataURL()")
        return str(drawn)

    def drag_timeline(self, start_s: float, end_s: float) -> None:
        self.page.mouse.move(*self._timeline_point(start_s))
        self.page.mouse.down()
        self.page.mouse.move(*self._timeline_point(end_s), steps=4)
        self.page.mouse.up()

    def drag_ruler(self, from_share: float, to_share: float) -> None:
        """Along the ruler above the lanes, between shares of its width."""
        box = self.page.get_by_test_id("timeline").bounding_box()
        assert box is not None
        at = [box["x"] + 84 + share * (box["width"] - 92) for share in (from_share, to_share)]
        self.page.mouse.move(at[0], box["y"] + 10)
        self.page.mouse.down()
        self.page.mouse.move(at[1], box["y"] + 10, steps=4)
        self.page.mouse.up()

    def _timeline_point(self, time_s: float) -> tuple[float, float]:
        box = self.page.get_by_test_id("timeline").bounding_box()
        assert box is not None
        share = time_s / float(self.data("durationS"))
        left, right = 84, 8  # the lane's names, and the margin
        return box["x"] + left + share * (box["width"] - left - right), box["y"] + box["height"] - 12

    def rerun_streamlit(self) -> None:
        """Makes Streamlit run the page's script again and waits for it."""
        self.page.get_by_role("button", name="New reviewer").click()
        self.page.get_by_role("button", name="Add", exact=True).click()
        self.page.get_by_text("A reviewer needs a name.").wait_for()

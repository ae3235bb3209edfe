"""The Review screen as the benchmarks drive it: keys, clicks, and the state in its data attributes."""

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from playwright.sync_api import ElementHandle, Page

# Presses the keys of a blind answer and of its confirmation whenever the page takes them, and remembers what it says is saved.
_DECIDE = """
(root) => {
  const told = window.toldSaved ??= [];
  const press = (key) =>
    window.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, composed: true, cancelable: true}));
  window.watchingSaves?.disconnect();
  window.watchingSaves = new MutationObserver(() => {
    const {saved, savedClip, savedKind} = root.dataset;
    const last = told.at(-1);
    if (saved === 'saved' && !(last && last[0] === savedClip && last[1] === savedKind)) told.push([savedClip, savedKind]);
  });
  window.watchingSaves.observe(root, {attributes: true, attributeFilter: ['data-saved', 'data-saved-clip', 'data-saved-kind']});
  clearInterval(window.deciding);
  window.deciding = setInterval(() => {
    const {ready, step, saved} = root.dataset;
    if (ready !== 'true' || saved === 'failed') return;
    if (step === 'label') { press('2'); press('3'); }
    const shown = root.querySelector('[data-testid=rationale]').dataset.open === 'true';
    if (step === 'reveal' && shown) press('a');
    if (step === 'done') press('n'); // saved by itself after the server came back
  }, 5);
}
"""
_STOP = "() => { clearInterval(window.deciding); return window.toldSaved ?? []; }"


class ReviewScreen:
    """An open Review page; `root` carries in its dataset what is on the screen."""

    def __init__(self, page: "Page", root: "ElementHandle") -> None:
        self.page = page
        self.root = root

    @classmethod
    def open(cls, page: "Page", url: str, clip_id: int | None = None, queue: str = "unreviewed") -> Self:
        """Opens a queue, at a clip if given, and waits until it accepts decisions."""
        page.goto(f"{url}/review?queue={queue}" + ("" if clip_id is None else f"&clip={clip_id}"))
        root, asked = page.get_by_test_id("review-root"), page.get_by_test_id("stMain").get_by_text("Who reviews?")
        root.or_(asked).first.wait_for()
        if asked.is_visible():  # a browser that remembers nobody; the button "Add" can be drawn before the names are
            page.locator('[class*="st-key-reviews-"]').get_by_role("button").first.click()
        return cls.come(page, clip_id)

    @classmethod
    def come(cls, page: "Page", clip_id: int | None = None) -> Self:
        """Waits until the open page shows a clip that accepts decisions."""
        screen = cls(page, page.get_by_test_id("review-root").element_handle())
        screen.wait_for_clip(clip_id)
        return screen

    def data(self, name: str) -> str:
        """A data attribute, by its name in camel case."""
        return str(self.root.evaluate("(root, name) => root.dataset[name] ?? ''", name))

    def wait_for(self, condition: str, argument: object = None) -> None:
        """`condition` is JavaScript on `root`, its dataset `data`, and `argument`."""
        self.page.wait_for_function(
            f"([root, argument]) => {{ const data = root.dataset; return {condition}; }}", arg=[self.root, argument]
        )

    def wait_for_clip(self, clip_id: int | None = None) -> None:
        """Waits until that clip, or any, is drawn and accepts decisions."""
        which = "data.clipId !== ''" if clip_id is None else "data.clipId === String(argument)"
        self.wait_for(f"{which} && data.shownClip === data.clipId && data.ready === 'true'", clip_id)

    def judge_blind(self, label_key: str, confidence_key: str) -> None:
        """Presses label and confidence, and waits for the rationale."""
        self.page.keyboard.press(label_key)
        self.page.keyboard.press(confidence_key)
        self.wait_for("data.step === 'reveal' && root.querySelector('[data-testid=rationale]').dataset.open === 'true'")

    def decide_by_itself(self) -> None:
        """Lets the page judge clip after clip as fast as it accepts keys, until `stop_deciding`."""
        self.root.evaluate(_DECIDE)

    def stop_deciding(self) -> set[tuple[int, str]]:
        """Clip and kind of every decision that the page has shown as saved since it was opened."""
        return {(int(clip_id), kind) for clip_id, kind in self.page.evaluate(_STOP)}

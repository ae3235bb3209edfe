"""Checks that picture, skeleton and the frame number of the page agree, while playing and at rest.

A test video whose pictures and skeletons show their own number (benchmarks.review.numbered_video) is converted to a
proxy, played in the Review screen, and the numbers are read from the canvas at every drawing.
"""

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from benchmarks.review import numbered_video
from benchmarks.review.chromium import chromium, page_of
from benchmarks.review.review_page import ReviewScreen
from benchmarks.review.server import serving
from core.feature_store import FeatureStore
from core.media.proxy import make_proxy
from core.media.video import probe_video, video_digest
from core.progress import Progress
from core.types.clips import Clip, NewClip, Split
from core.types.features import FeatureKind, Producer
from core.workspace import Workspace, open_workspace
from db import clips, features, reviewers
from db.engine import Database, open_database

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RATES: Mapping[str, Fraction | None] = {
    "25": Fraction(25),
    "30000/1001": Fraction(30000, 1001),
    "a variable rate": None,
}
LEFT_OUT = (
    "What a monitor shows: the numbers are read from the page's canvas.",
    "Other browsers than Chromium, and videos decoded by a graphics card.",
    "Speeds other than 1 x, and sound.",
    "Videos of a camera: pictures and skeletons are drawn, so that they can be told apart.",
    "Network latency: browser and server are on one machine.",
)
_PRODUCER = Producer("numbered-video", "1", "none")
_MOST_MISTAKES = 20
_RESTS = 100

# [number in the picture, number in the skeleton]; -1 where the number cannot be read, -2 where no skeleton is drawn.
_READ = """
(root, places) => {
  const canvas = root.querySelector('[data-testid="picture"]');
  const context = canvas.getContext('2d');
  const [scale, left, top] = root.dataset.project.split(',').map(Number);
  const row = (y) => {
    const line = context.getImageData(0, Math.round(y * scale + top), canvas.width, 1).data;
    return places.x.map((x) => {
      const at = 4 * Math.round(x * scale + left);
      return line[at] + line[at + 1] + line[at + 2] > 450;
    });
  };
  const number = (ones) => {
    if (ones.filter(Boolean).length % 2 === 0) return -1;
    return ones.slice(0, -1).reduce((sum, one, bit) => sum + (one ? 2 ** bit : 0), 0);
  };
  const [high, low] = [row(places.one), row(places.nought)];
  const drawn = high.some(Boolean) || low.some(Boolean);
  const torn = high.some((one, bit) => one === low[bit]);
  return [number(row(places.picture)), torn ? (drawn ? -1 : -2) : number(high)];
}
"""
_PLACES = {
    "x": [numbered_video.field_middle_px(field) for field in range(numbered_video.FIELDS)],
    "picture": numbered_video.FIELD_PX / 2,
    "one": numbered_video.ONE_Y_PX,
    "nought": numbered_video.NOUGHT_Y_PX,
}
# Reads at every drawing until `until` seconds or the end of the video; keeps disagreements and counts the rest.
_WATCH = f"""
(root, [places, until, most]) => new Promise((resolve) => {{
  const read = {_READ};
  const seen = {{drawings: 0, wrong: 0, mistakes: [], first: null, last: null}};
  const done = () => {{
    watch.disconnect();
    clearInterval(looking);
    resolve(seen);
  }};
  const look = () => {{
    const [said, skeletonSaid] = [Number(root.dataset.videoFrame), root.dataset.skeletonFrame];
    const [picture, skeleton] = read(root, places);
    seen.drawings++;
    seen.first ??= picture;
    seen.last = picture;
    if (picture !== said || skeleton !== said || skeletonSaid !== String(said)) {{
      seen.wrong++;
      if (seen.mistakes.length < most) seen.mistakes.push([picture, skeleton, said, skeletonSaid]);
    }}
    if (Number(root.dataset.timeS) >= until) done();
  }};
  const watch = new MutationObserver(look);
  const looking = setInterval(() => root.dataset.playing === 'false' && done(), 500);
  watch.observe(root, {{attributes: true, attributeFilter: ['data-video-frame']}});
  root.querySelector('[data-testid="play"]').click();
}})
"""


@dataclass(frozen=True, slots=True)
class Drift:
    """The readings of one video. `mistakes` are the first disagreeing (picture, skeleton, said, skeleton said)."""

    rate: str
    frames: int
    played_drawings: int
    played_wrong: int
    played_to_frame: int
    rests: int
    rests_wrong: int
    steps: int
    steps_wrong: int
    mistakes: tuple[tuple[Any, ...], ...]


def add_numbered_clip(workspace: Workspace, database: Database, rate: str, seconds: float, progress: Progress) -> Clip:
    """Adds a clip of a test video with its proxy and key points; `rate` is one of `RATES`."""
    source = workspace.media_dir / f"numbered-{rate.replace('/', '-').replace(' ', '-')}.mp4"
    numbered_video.write_numbered_video(source, seconds, RATES[rate])
    info = probe_video(source)
    new = NewClip(
        name=f"numbered video at {rate}",
        subject=f"number {rate}",
        split=Split.TRAIN,
        video_path=str(source),
        digest=video_digest(source),
        duration_s=info.duration_s,
        frame_count=info.frame_count,
        frame_rate=info.frame_rate,
        width_px=info.width_px,
        height_px=info.height_px,
        simulated=True,
    )
    store = FeatureStore(workspace.features_dir)
    arrays: dict[str, Any] = {"points": numbered_video.numbered_points(info.frame_count), "time_s": info.time_s}
    with database.write() as connection:
        clip = clips.add(connection, new)
        path = store.write(clip.id, FeatureKind.KEYPOINTS, arrays, _PRODUCER)
        features.record(connection, clip.id, FeatureKind.KEYPOINTS, _PRODUCER, path)
    make_proxy(source, workspace.media_dir / f"{clip.id}.mp4", progress)
    return clip


def read_drift(
    browser: "Browser", url: str, clip: Clip, rate: str, *, play_s: float, rests: int, seed: int = 0
) -> Drift:
    """Plays the clip's last `play_s` seconds at 1 x, then seeks to `rests` random times and steps in both directions."""
    with page_of(browser) as page:
        screen = ReviewScreen.open(page, url, clip.id)
        page.keyboard.press("h")  # hidden until the first answer
        if play_s < clip.duration_s:
            _click_timeline(screen, clip.duration_s - play_s, clip.duration_s)
        played = screen.root.evaluate(_WATCH, [_PLACES, clip.duration_s, _MOST_MISTAKES])
        screen.wait_for("data.playing === 'false'")
        chance = random.Random(seed)  # noqa: S311  # not a secret: reproducible times
        mistakes = [tuple(mistake) for mistake in played["mistakes"]]
        rests_wrong = steps_wrong = steps = 0
        for _ in range(rests):
            _click_timeline(screen, chance.uniform(0, clip.duration_s * 0.999), clip.duration_s)
            before = _at_rest(screen)
            rests_wrong += _told(before, mistakes)
            for direction in chance.sample([-3, -2, -1, 1, 2, 3], 2):
                wanted = min(max(before[2] + direction, 0), clip.frame_count - 1)
                for _ in range(abs(direction)):
                    page.keyboard.press("." if direction > 0 else ",")
                after = _at_rest(screen)
                steps += 1
                steps_wrong += _told(after, mistakes) or after[0] != wanted
                before = after
    return Drift(
        rate=rate,
        frames=clip.frame_count,
        played_drawings=played["drawings"],
        played_wrong=played["wrong"],
        played_to_frame=played["last"],
        rests=rests,
        rests_wrong=rests_wrong,
        steps=steps,
        steps_wrong=steps_wrong,
        mistakes=tuple(mistakes[:_MOST_MISTAKES]),
    )


def bench_drift(seconds: float, parts: Parts) -> list[BenchRow]:
    """The rows of a video of `seconds` at each rate, played, sought and stepped in a temporary workspace."""
    rows: list[BenchRow] = []
    parts.expect(2 * len(RATES))
    with tempfile.TemporaryDirectory(prefix="telltale-bench-") as folder, chromium() as browser:
        workspace = open_workspace(Path(folder) / "workspace")
        database = open_database(workspace)
        with database.write() as connection:
            reviewers.ensure(connection, "bench")
        with serving(workspace.root, Path(folder) / "server.log") as server:
            server.start()
            for rate in RATES:
                parts.begin(f"a video of {seconds:g} s at {rate}")
                clip = add_numbered_clip(workspace, database, rate, seconds, parts)
                parts.begin(f"{seconds:g} s of playing and {_RESTS} seeks at {rate}")
                rows += rows_of(read_drift(browser, server.url, clip, rate, play_s=seconds, rests=_RESTS))
        database.dispose()
    return rows


def rows_of(found: Drift) -> list[BenchRow]:
    """The rows of one video."""
    what = f"{found.frames} frames at {found.rate}"
    return [
        BenchRow(f"drawings of {what} that were read while playing", found.played_drawings, "drawings"),
        BenchRow(f"of them with drift, {found.rate}", found.played_wrong, "drawings", "0", found.played_wrong == 0),
        BenchRow(
            f"with drift at rest, of {found.rests} random seeks, {found.rate}",
            found.rests_wrong,
            "drawings",
            "0",
            found.rests_wrong == 0,
        ),
        BenchRow(
            f"steps that are not exact, of {found.steps} both ways, {found.rate}",
            found.steps_wrong,
            "steps",
            "0",
            found.steps_wrong == 0,
        ),
    ]


def _at_rest(screen: ReviewScreen) -> tuple[int, int, int, str]:
    """(picture, skeleton, frame said, skeleton frame said) once the requested frame is shown."""
    screen.wait_for("data.seeking === 'false' && data.playing === 'false' && data.skeletonFrame === data.videoFrame")
    read = (
        f"(root, places) => [...({_READ})(root, places), Number(root.dataset.videoFrame), root.dataset.skeletonFrame]"
    )
    picture, skeleton, said, skeleton_said = screen.root.evaluate(read, _PLACES)
    return picture, skeleton, said, skeleton_said


def _told(read: tuple[int, int, int, str], mistakes: list[tuple[Any, ...]]) -> bool:
    """Whether the reading disagrees; then adds it to the mistakes."""
    picture, skeleton, said, skeleton_said = read
    wrong = not (picture == skeleton == said and skeleton_said == str(said))
    if wrong:
        mistakes.append(read)
    return wrong


def _click_timeline(screen: ReviewScreen, time_s: float, duration_s: float) -> None:
    box = screen.page.get_by_test_id("timeline").bounding_box()
    if box is None:
        raise AssertionError("The Review screen shows no timeline.")
    left, right, up = 84, 8, 12  # px: gutter with the lane names, right margin, lane of the key points
    x = box["x"] + left + time_s / duration_s * (box["width"] - left - right)
    screen.page.mouse.click(x, box["y"] + box["height"] - up)

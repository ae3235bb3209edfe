"""A small study for the Review screen whose pictures and skeletons both carry their frame number, to be read back.

The number stands in each picture as twelve squares along the top, white for a one, and in each skeleton as twelve joints
that no edge joins, high for a one and low for a nought.
"""

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.feature_store import FeatureStore
from core.media.video import probe_video, write_video
from core.pose.skeleton import EDGES, JOINT_COUNT
from core.types.clips import Clip, NewClip, Split
from core.types.cues import BodyRegion, Cue, CueMeasurement
from core.types.features import FeatureKind, Producer
from core.types.pseudo_labels import Claim, ClaimCheck, Labeler, LabelerAnswer
from core.workspace import Workspace
from db import clips, cues, features, pseudo_labels
from db.engine import Database

WIDTH_PX, HEIGHT_PX = 384, 240
FRAMES = 75
BITS = 12
SQUARE_PX = 32
NUMBER_JOINTS = (0, 2, 4, 5, 7, 8, 10, 13, 17, 18, 19, 21)
ONE_Y_PX, NOUGHT_Y_PX = 110.0, 170.0
PRODUCER = Producer("test", "1", "none")
SECRET_REASON = "The jaw is touched twice, which speaks for a loss."

assert not any(a in NUMBER_JOINTS and b in NUMBER_JOINTS for a, b in EDGES)


def number_joint_x_px(bit: int) -> float:
    """Where the joint of a bit stands; the middle of its square."""
    return SQUARE_PX * (bit + 0.5)


def numbered_pictures(frames: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Frames with their number in squares."""
    for number in range(frames):
        picture = np.full((HEIGHT_PX, WIDTH_PX, 3), 70, dtype=np.uint8)
        for bit in range(BITS):
            shade = 235 if number >> bit & 1 else 20
            picture[:SQUARE_PX, bit * SQUARE_PX : (bit + 1) * SQUARE_PX] = shade
        yield picture


def numbered_points(frames: int) -> npt.NDArray[np.float32]:
    """(frames, 137, 3) with the number in twelve joints, the rest missing."""
    points = np.zeros((frames, JOINT_COUNT, 3), dtype=np.float32)
    for number, (bit, joint) in itertools.product(range(frames), enumerate(NUMBER_JOINTS)):
        high = number >> bit & 1
        points[number, joint] = (number_joint_x_px(bit), ONE_Y_PX if high else NOUGHT_Y_PX, 1.0)
    return points


@dataclass(frozen=True)
class ReviewStudy:
    """Adds fresh clips to a workspace; every call makes clips that nobody has judged."""

    workspace: Workspace
    database: Database
    videos: Path

    def add_clips(
        self,
        number: int,
        *,
        frame_rate: Fraction = Fraction(25),
        video: bool = True,
        labeled: bool = True,
        reliability_sample: bool = False,
        split: Split = Split.TRAIN,
        missing_rows: slice | None = None,
        gold: str | None = None,
    ) -> list[Clip]:
        """`missing_rows`: frames whose key points are left out of the feature file, times and all."""
        return [
            self._add(frame_rate, video, labeled, reliability_sample, split, missing_rows, gold)
            for _ in itertools.repeat(None, number)
        ]

    def _add(
        self,
        frame_rate: Fraction,
        video: bool,
        labeled: bool,
        reliability_sample: bool,
        split: Split,
        missing_rows: slice | None,
        gold: str | None,
    ) -> Clip:
        path = self.videos / f"{frame_rate.numerator}-{frame_rate.denominator}.mp4"
        if not path.is_file():
            write_video(path, numbered_pictures(FRAMES), frame_rate)
        info = probe_video(path)
        with self.database.write() as connection:
            name = f"clip-{len(clips.all_ids(connection)) + 1:03d}"
            clip = clips.add(
                connection,
                NewClip(
                    name=name,
                    subject=f"subject {name}",
                    split=split,
                    video_path=str(path) if video else None,
                    digest=secrets.token_hex(32),
                    duration_s=info.duration_s,
                    frame_count=FRAMES,
                    frame_rate=frame_rate,
                    width_px=WIDTH_PX,
                    height_px=HEIGHT_PX,
                    simulated=True,
                    reliability_sample=reliability_sample,
                    gold_label=gold,
                ),
            )
            store = FeatureStore(self.workspace.features_dir)
            kept = np.ones(FRAMES, dtype=bool)
            if missing_rows is not None:
                kept[missing_rows] = False
            points = {"points": numbered_points(FRAMES)[kept], "time_s": info.time_s[kept]}
            boxes = {"box_xyxy_px": np.tile(np.float32([120, 40, 280, 220]), (int(kept.sum()), 1))}
            for kind, arrays in ((FeatureKind.KEYPOINTS, points), (FeatureKind.PERSON, boxes)):
                features.record(connection, clip.id, kind, PRODUCER, store.write(clip.id, kind, arrays, PRODUCER))
            measured = CueMeasurement((Cue("touching jaw", 1.0, 1.6, 0.8, (4, 0)),), (), info.duration_s)
            cues.store(connection, clip.id, measured, PRODUCER)
            if labeled:
                pseudo_labels.store(connection, clip.id, Labeler("test", "rules", "1", "d", True), "s", ANSWER)
        return clip


ANSWER = LabelerAnswer(
    first_label="positive",
    first_confidence=0.55,
    first_reasoning="At first it looks like a win.",
    label="negative",
    confidence=0.8,
    reasoning=SECRET_REASON,
    claims=(
        Claim(
            start_s=1.0,
            end_s=1.6,
            cue="touching jaw",
            region=BodyRegion.HANDS,
            text="The right hand touches the jaw.",
            speaks_for="negative",
            weight=0.8,
            check=ClaimCheck.SUPPORTED,
            check_note="wrist to jaw 0.2 shoulder widths",
            joints=(0, 4),
        ),
        Claim(
            start_s=2.0,
            end_s=2.4,
            cue="folding arms",
            region=BodyRegion.ARMS,
            text="<b>The arms</b> are folded.",
            speaks_for="negative",
            weight=0.5,
            kept=False,
            reflection="No arm is folded in these seconds.",
            check=ClaimCheck.CONTRADICTED,
            check_note="wrists 1.4 shoulder widths apart",
            joints=(2, 5),
        ),
    ),
)

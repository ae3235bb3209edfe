"""What each cue is, how it is measured, and the thresholds it is measured with.

Names follow iMiGUE's micro-gesture classes (Liu et al., CVPR 2021) where one fits and FACS terms for the face.

Units. Eye distance: between the middles of the two eyes, of that frame, as if the head faced the camera (6.3 cm in adults, so
0.1 is 6 mm). Shoulder width: between the shoulder joints, median of the clip (about 30 cm). Where a cue is measured
against what is usual for the person, that is the median of the clip.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.pose.skeleton import (
    LEFT_ELBOW,
    LEFT_HAND,
    LEFT_SHOULDER,
    LEFT_WRIST,
    NECK,
    NOSE,
    RIGHT_ELBOW,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    face,
)
from core.types.cues import BodyRegion

CueFamily = Literal["micro-gesture", "facial action"]
CueUnit = Literal["eye distances", "shoulder widths", "share", "ratio"]


@dataclass(frozen=True, slots=True)
class CueRule:
    """A span starts where the measure reaches `start`, goes on while it stays above `stop`, and is `min_s`..`max_s` long.

    Spans less than `gap_s` apart are one. `full` is the measure at which the strength is 1.
    """

    unit: CueUnit
    start: float
    stop: float
    full: float
    min_s: float
    gap_s: float
    max_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class CueDefinition:
    """One cue of the catalog; `joints` (indices into the 137) are what to light up, `title` is for people."""

    name: str
    title: str
    region: BodyRegion
    joints: tuple[int, ...]
    description: str
    family: CueFamily
    rule: CueRule


_HANDS = (*range(LEFT_HAND.start, LEFT_HAND.stop), *range(RIGHT_HAND.start, RIGHT_HAND.stop))
_WRISTS = (RIGHT_WRIST, LEFT_WRIST)
_JAW = face(*range(3, 14))
_EYES = face(*range(36, 48))
_BROWS = face(*range(17, 27))
_MOUTH = face(*range(48, 68))
_FEATURES = (*_EYES, *face(*range(27, 36)), *_MOUTH)
_TORSO = (NECK, RIGHT_SHOULDER, LEFT_SHOULDER)
_HEAD = (NOSE, 15, 16, 17, 18)

# Fingertip points lie about a centimetre inside the skin, so touching is a distance of up to 0.3 eye distances; the measure
# is the reach left: 0.6 minus the distance of the second nearest hand point. A hand faster than a shoulder width a second
# touches nothing, and where a hand lies over several zones, the tips of its fingers say which one it touches.
_TOUCH = CueRule("eye distances", start=0.30, stop=0.15, full=0.60, min_s=0.3, gap_s=0.5)

_DEFINITIONS = (
    CueDefinition(
        "touching jaw",
        "Touching the jaw",
        BodyRegion.HANDS,
        (*_JAW, *_HANDS),
        "At least two points of a hand within 0.3 eye distances of the jaw line or chin for 0.3 s, nearer to it than to "
        "other parts of the head; a chin that is held from below counts here, not as the neck.",
        "micro-gesture",
        _TOUCH,
    ),
    CueDefinition(
        "touching facial parts",
        "Touching the face",
        BodyRegion.HANDS,
        (*_FEATURES, *_HANDS),
        "At least two points of a hand within 0.3 eye distances of eyes, nose, mouth or cheeks for 0.3 s.",
        "micro-gesture",
        _TOUCH,
    ),
    CueDefinition(
        "touching neck",
        "Touching the neck",
        BodyRegion.HANDS,
        (NECK, *_HANDS),
        "At least two points of a hand within 0.3 eye distances of the throat or the sides of the neck for 0.3 s.",
        "micro-gesture",
        _TOUCH,
    ),
    CueDefinition(
        "touching head",
        "Touching the head",
        BodyRegion.HANDS,
        (*_HEAD, *_BROWS, *_HANDS),
        "At least two points of a hand within 0.3 eye distances of forehead, hair, temples or ears for 0.3 s.",
        "micro-gesture",
        _TOUCH,
    ),
    CueDefinition(
        "covering face",
        "Covering the face",
        BodyRegion.HANDS,
        (*_FEATURES, *_HANDS),
        "Hand points within 0.35 eye distances of at least 60 % of eyes, nose and mouth (a quarter each eye) for 0.3 s.",
        "micro-gesture",
        CueRule("share", start=0.60, stop=0.45, full=1.2, min_s=0.3, gap_s=0.5),
    ),
    CueDefinition(
        "folding arms",
        "Folding the arms",
        BodyRegion.ARMS,
        (RIGHT_ELBOW, RIGHT_WRIST, LEFT_ELBOW, LEFT_WRIST),
        "Both wrists within 0.5 shoulder widths of the opposite elbow, and nearer to it than to their own, for 0.8 s "
        "(measure: 1 minus the greater distance).",
        "micro-gesture",
        CueRule("shoulder widths", start=0.50, stop=0.40, full=0.9, min_s=0.8, gap_s=0.6),
    ),
    CueDefinition(
        "rubbing or holding hands",
        "Rubbing or holding hands",
        BodyRegion.HANDS,
        (*_WRISTS, *_HANDS),
        "Middles of both palms within 0.4 shoulder widths of each other, or points of both hands within 0.12, below the "
        "chin, not just passing each other, for 0.6 s (measure: 0.8 minus the distance).",
        "micro-gesture",
        CueRule("shoulder widths", start=0.40, stop=0.30, full=0.75, min_s=0.6, gap_s=0.5),
    ),
    CueDefinition(
        "shaking shoulders",
        "Shaking the shoulders",
        BodyRegion.TORSO,
        (RIGHT_SHOULDER, LEFT_SHOULDER),
        "A shoulder goes up and down by at least 0.05 shoulder widths, three swings or more of less than 0.6 s each.",
        "micro-gesture",
        CueRule("shoulder widths", start=0.05, stop=0.03, full=0.15, min_s=0.4, gap_s=0.4),
    ),
    CueDefinition(
        "moving torso",
        "Moving the torso",
        BodyRegion.TORSO,
        _TORSO,
        "Neck and shoulders shift by at least 0.2 shoulder widths within a second, or the head becomes 13 % smaller "
        "than usual or comes back from it (the person moves away from the camera).",
        "micro-gesture",
        CueRule("shoulder widths", start=0.20, stop=0.10, full=0.6, min_s=0.4, gap_s=0.5),
    ),
    CueDefinition(
        "leaning forward",
        "Leaning forward",
        BodyRegion.TORSO,
        (*_TORSO, *_HEAD),
        "The head is at least 10 % larger than usual for 1 s (nearer to the camera).",
        "micro-gesture",
        CueRule("ratio", start=0.10, stop=0.06, full=0.3, min_s=1.0, gap_s=0.6),
    ),
    CueDefinition(
        "sitting straightly",
        "Sitting up straight",
        BodyRegion.TORSO,
        _TORSO,
        "Neck and shoulders are at least 0.1 shoulder widths higher than usual for 0.8 s, the shoulders level within 8 "
        "degrees, the head no more than 8 % larger than usual.",
        "micro-gesture",
        CueRule("shoulder widths", start=0.10, stop=0.06, full=0.3, min_s=0.8, gap_s=0.5),
    ),
    CueDefinition(
        "illustrative body language",
        "Gesturing",
        BodyRegion.HANDS,
        (*_WRISTS, *_HANDS),
        "A hand that neither touches the head nor is folded moves, against the neck, over at least 0.3 shoulder widths "
        "within 0.6 s.",
        "micro-gesture",
        CueRule("shoulder widths", start=0.30, stop=0.15, full=1.0, min_s=0.5, gap_s=0.6),
    ),
    CueDefinition(
        "head up",
        "Head up",
        BodyRegion.HEAD,
        (*_HEAD, *face(8, 30)),
        "The tip of the nose is at least 0.13 eye distances nearer to the eye line than usual (about 15 degrees up) for 0.4 s.",
        "micro-gesture",
        CueRule("eye distances", start=0.13, stop=0.08, full=0.35, min_s=0.4, gap_s=0.3),
    ),
    CueDefinition(
        "head down",
        "Head down",
        BodyRegion.HEAD,
        (*_HEAD, *face(8, 30)),
        "The tip of the nose is at least 0.10 eye distances further below the eye line than usual (about 15 degrees down) "
        "for 0.4 s.",
        "micro-gesture",
        CueRule("eye distances", start=0.10, stop=0.06, full=0.25, min_s=0.4, gap_s=0.3),
    ),
    CueDefinition(
        "head turned",
        "Head turned",
        BodyRegion.HEAD,
        (*_HEAD, *face(0, 16, 30)),
        "The tip of the nose is at least 0.16 eye distances to the side of where it usually is between the eyes (about 20 "
        "degrees) for 0.4 s.",
        "micro-gesture",
        CueRule("eye distances", start=0.16, stop=0.10, full=0.40, min_s=0.4, gap_s=0.3),
    ),
    CueDefinition(
        "nodding",
        "Nodding",
        BodyRegion.HEAD,
        (*_HEAD, *face(8, 30)),
        "The tip of the nose goes up and down against the eye line by at least 0.08 eye distances (about 9 degrees), three "
        "swings or more of less than 0.7 s each.",
        "micro-gesture",
        CueRule("eye distances", start=0.08, stop=0.05, full=0.25, min_s=0.5, gap_s=0.4),
    ),
    CueDefinition(
        "head shaking",
        "Shaking the head",
        BodyRegion.HEAD,
        (*_HEAD, *face(0, 16, 30)),
        "The tip of the nose goes from side to side between the eyes by at least 0.10 eye distances (about 12 degrees), three "
        "swings or more of less than 0.7 s each.",
        "micro-gesture",
        CueRule("eye distances", start=0.10, stop=0.06, full=0.35, min_s=0.5, gap_s=0.4),
    ),
    CueDefinition(
        "pressing lips",
        "Pressing the lips",
        BodyRegion.FACE,
        _MOUTH,
        "The red of both lips together is at least 30 % thinner than usual, the mouth closed and not wider than in a smile, "
        "for 0.3 s (AU 24).",
        "micro-gesture",
        CueRule("ratio", start=0.30, stop=0.20, full=0.7, min_s=0.3, gap_s=0.2),
    ),
    CueDefinition(
        "bulging face or deep breath",
        "Puffed cheeks or a deep breath",
        BodyRegion.FACE,
        (*_JAW, RIGHT_SHOULDER, LEFT_SHOULDER),
        "The lower face is at least 5 % wider than usual with the mouth closed, or the shoulders rise towards the head by at "
        "least 0.05 shoulder widths and sink again within 4 s.",
        "micro-gesture",
        CueRule("ratio", start=0.05, stop=0.03, full=0.2, min_s=0.4, gap_s=0.3, max_s=4.0),
    ),
    CueDefinition(
        "mouth open",
        "Mouth open",
        BodyRegion.FACE,
        _MOUTH,
        "The inner lips are at least 0.12 eye distances further apart than in the person's closed mouth for 0.2 s; openings "
        "less than 0.4 s apart, as in speaking, are one (AU 25, 26).",
        "facial action",
        CueRule("eye distances", start=0.12, stop=0.07, full=0.6, min_s=0.2, gap_s=0.4),
    ),
    CueDefinition(
        "smile",
        "Smile",
        BodyRegion.FACE,
        _MOUTH,
        "The corners of the mouth go apart and up against its middle: widening (of the usual width) and lift (in usual mouth "
        "widths) add up to at least 0.15, neither below 0.02, for 0.4 s (AU 12).",
        "facial action",
        CueRule("ratio", start=0.15, stop=0.09, full=0.45, min_s=0.4, gap_s=0.3),
    ),
    CueDefinition(
        "blink",
        "Blink",
        BodyRegion.FACE,
        _EYES,
        "The eye aspect ratio falls by at least 30 % below that of the surrounding seconds and is back within 0.4 s (AU 45; "
        "Soukupova and Cech, 2016).",
        "facial action",
        CueRule("ratio", start=0.30, stop=0.15, full=0.85, min_s=0.05, gap_s=0.0, max_s=0.6),
    ),
    CueDefinition(
        "brow raise",
        "Brows raised",
        BodyRegion.FACE,
        _BROWS,
        "The brows are at least 0.04 eye distances (2.5 mm) further above the eye corners than usual for 0.2 s (AU 1, 2).",
        "facial action",
        CueRule("eye distances", start=0.04, stop=0.025, full=0.12, min_s=0.2, gap_s=0.2),
    ),
    CueDefinition(
        "brow lowerer",
        "Brows lowered",
        BodyRegion.FACE,
        _BROWS,
        "The brows are at least 0.05 eye distances (3 mm) nearer to the corners of the eyes than usual, and not further apart, "
        "for 0.3 s (AU 4).",
        "facial action",
        CueRule("eye distances", start=0.05, stop=0.03, full=0.15, min_s=0.3, gap_s=0.2),
    ),
)

CATALOG: Mapping[str, CueDefinition] = {definition.name: definition for definition in _DEFINITIONS}
"""Every cue that is measured, by name, in the order in which people read them: hands, arms, torso, head, face."""

"""Parameters of cohorts that can be simulated. Change one with `dataclasses.replace`; cohort.json records all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from core.errors import InputError

IMIGUE_WON, IMIGUE_LOST = 258, 101
MAX_CLIP_S = 26 * 60.0


@dataclass(frozen=True, slots=True)
class CohortPreset:
    """All parameters of a cohort except its seed.

    effect: log rate when won minus log rate when lost, of each gesture that depends on the label (times its sign).
    habit_sd: standard deviation over subjects of the log rate of each gesture. rate_scale: factor on all rates except blinks.
    clip_s: length of every clip; None: log-normal from 0.5 to 26 min with a mean of 5.8 min, as in iMiGUE.
    rendered: videos and OpenPose files are written at once; else compact key points, and a video on demand.
    gold_fraction: share of the training clips whose label is revealed. test_fraction: share of subjects in the test split.
    tone_lean, telling_share: how much words reveal of the result (core.simulation.speech_tones).
    word_effect, picture_effect: log odds when won minus log odds when lost that a sentence speaks of preparation, and that a
    towel is worn (core.simulation.leanings); 0: never. The picture's needs rendered clips.
    Raises InputError naming the field that is out of range.
    """

    name: str
    subjects: int
    clips: int
    won_share: float
    clip_s: float | None
    effect: float
    rendered: bool
    rate_scale: float = 1.0
    habit_sd: float = 0.5
    gold_fraction: float = 0.2
    test_fraction: float = 0.2
    frame_rate: Fraction = Fraction(25)
    width_px: int = 640
    height_px: int = 360
    telling_share: float = 0.06
    tone_lean: float = 0.10
    word_effect: float = 0.0
    picture_effect: float = 0.0

    def __post_init__(self) -> None:
        checks = (
            ("subjects", self.subjects >= 2, "at least 2"),
            ("clips", self.clips >= self.subjects, "at least one a subject"),
            ("won_share", 0 < self.won_share < 1, "between 0 and 1"),
            ("clip_s", self.clip_s is None or 2 <= self.clip_s <= MAX_CLIP_S, "2 s to 26 min"),
            ("effect", 0 <= self.effect <= 3, "0 to 3"),
            ("rate_scale", 0 < self.rate_scale <= 5, "above 0, at most 5"),
            ("habit_sd", 0 <= self.habit_sd <= 2, "0 to 2"),
            ("gold_fraction", 0 <= self.gold_fraction <= 1, "0 to 1"),
            ("test_fraction", 0 <= self.test_fraction < 1, "0 to less than 1"),
            ("frame_rate", 5 <= self.frame_rate <= 120, "5 to 120"),
            ("width_px", self.width_px >= 160 and self.width_px % 2 == 0, "even, at least 160"),
            ("height_px", self.height_px >= 90 and self.height_px % 2 == 0, "even, at least 90"),
            ("telling_share", 0 <= self.telling_share <= 1, "0 to 1"),
            ("tone_lean", 0 <= self.tone_lean <= 0.3, "0 to 0.3"),
            ("word_effect", 0 <= self.word_effect <= 6, "0 to 6"),
            ("picture_effect", 0 <= self.picture_effect <= (6 if self.rendered else 0), "0 to 6, of rendered clips,"),
        )
        for field, holds, allowed in checks:
            if not holds:
                raise InputError(f"{field} of a simulated cohort is {getattr(self, field)}; {allowed} is allowed.")


PRESETS: Mapping[str, CohortPreset] = MappingProxyType(
    {
        # 1.5 times iMiGUE's rates, so that half a minute holds about six gestures that depend on the label.
        "demo": CohortPreset(
            name="demo",
            subjects=12,
            clips=48,
            won_share=0.6,
            clip_s=30.0,
            effect=1.0,
            rendered=True,
            rate_scale=1.5,
        ),
        "imigue": CohortPreset(
            name="imigue",
            subjects=72,
            clips=IMIGUE_WON + IMIGUE_LOST,
            won_share=IMIGUE_WON / (IMIGUE_WON + IMIGUE_LOST),
            clip_s=None,
            effect=0.35,
            rendered=False,
            test_fraction=0.29,
        ),
        # Gestures as in the demo, but none depends on the label: a model of the pose alone is at chance.
        "words": CohortPreset(
            name="words",
            subjects=48,
            clips=288,
            won_share=0.5,
            clip_s=30.0,
            effect=0.0,
            rendered=False,
            gold_fraction=1.0,
            test_fraction=0.0,
            telling_share=0.0,
            tone_lean=0.0,
            word_effect=2.8,
        ),
        "picture": CohortPreset(
            name="picture",
            subjects=48,
            clips=288,
            won_share=0.5,
            clip_s=20.0,
            effect=0.0,
            rendered=True,
            gold_fraction=1.0,
            test_fraction=0.0,
            width_px=320,
            height_px=180,
            telling_share=0.0,
            tone_lean=0.0,
            picture_effect=2.4,
        ),
    }
)
"""`demo` is small and rendered, with higher gesture rates; `imigue` has the size, class prior, lengths and rates of iMiGUE. In
`words` and in `picture`, these alone depend on the label, and every label is revealed: they show what a modality learns."""

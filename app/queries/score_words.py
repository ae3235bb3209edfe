"""A labeler's own score as people read it: in words, until it is calibrated against people's blind judgments."""

from dataclasses import dataclass

from training.evaluation.calibration import Calibration, Method

_WORDS = ((0.9, "very sure"), (0.75, "sure"), (0.6, "fairly sure"))


@dataclass(frozen=True, slots=True)
class Score:
    """How sure a labeler is of an answer. `share`: calibrated, else its own score (0..1); `calibrated`: on what, or nothing."""

    words: str
    share: float
    calibrated: str = ""

    @property
    def sentence(self) -> str:
        """As in `82 %, calibrated on 64 blind judgments`, or `fairly sure`."""
        return f"{self.words}, {self.calibrated}" if self.calibrated else self.words


def score_in_words(score: float) -> str:
    """How sure a labeler says that it is, by its score (0..1)."""
    return next((words for least, words in _WORDS if score >= least), "unsure")


def score_of(score: float, calibration: Calibration | None) -> Score:
    """The score with the calibration of the labeler's version, if there is one."""
    if calibration is None or calibration.method is Method.NONE:
        return Score(score_in_words(score), score)
    share = calibration.apply(score)
    return Score(f"{share:.0%}".replace("%", " %"), share, f"calibrated on {calibration.decisions} blind judgments")

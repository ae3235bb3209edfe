"""A simulated labeler with known error rates: accuracy before and after reflection, and the share of invented claims.

It replaces a vision-language model on simulated clips. Its caller passes the true label, and it errs at the rates of
`LabelerRates`, so that results of review and training can be compared with the truth.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import LabelingError
from core.pose.cues import CATALOG
from core.simulation.sentences import sentences_of
from core.taxonomy import Taxonomy
from core.types.cues import BodyRegion, Cue, CueMeasurement
from core.types.pseudo_labels import Claim, LabelerAnswer

_PHRASES = sentences_of("labeler_phrases.toml")
_CLEAR_S = 1.5  # least distance of an invented claim from any measured cue of the same name
_TRIES = 30


@dataclass(frozen=True, slots=True)
class LabelerRates:
    """Error rates, each a share (0..1).

    first_right, right: of first labels and of labels after reflection that are correct. keeps_right: of correct first labels that
    reflection keeps. planted: of claims about the body that are invented. planted_dropped, true_dropped: of invented and of
    true claims that reflection drops. Raises ValueError if the rates contradict each other.
    """

    first_right: float = 0.62
    right: float = 0.74
    keeps_right: float = 0.90
    planted: float = 0.25
    planted_dropped: float = 0.55
    true_dropped: float = 0.08

    def __post_init__(self) -> None:
        for name in ("first_right", "right", "keeps_right", "planted", "planted_dropped", "true_dropped"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; a share lies between 0 and 1.")
        least = self.first_right * self.keeps_right
        most = least + 1 - self.first_right
        if not least <= self.right <= most:
            raise ValueError(
                f"right is {self.right}; from first_right {self.first_right}, reflection comes to {least:.3g} to {most:.3g}."
            )

    def without_evidence(self) -> "LabelerRates":
        """Rates of reflection without new evidence: drops true and invented claims alike and does not change the accuracy.

        Models Huang et al. (ICLR 2024): language models cannot correct their reasoning without external feedback.
        """
        return replace(self, right=self.first_right, planted_dropped=0.12, true_dropped=0.12)

    @property
    def rights_wrong(self) -> float:
        """Share of wrong first labels that reflection corrects."""
        wrong = 1 - self.first_right
        return (self.right - self.first_right * self.keeps_right) / wrong if wrong else 0.0


class SimulatedLabeler:
    """Deterministic given the seed and the clip, identified by `clip_name` or, without one, by its measured cues."""

    def __init__(self, seed: int = 0, rates: LabelerRates | None = None) -> None:
        self.seed = seed
        self.rates = rates or LabelerRates()

    def answer(
        self, truth: str, measured: CueMeasurement, duration_s: float, taxonomy: Taxonomy, *, clip_name: str = ""
    ) -> LabelerAnswer:
        """Answers for one clip. `raw_answer` is JSON that says that it is simulated and which claims were invented.

        Raises LabelingError if `truth` is no label of the taxonomy.
        """
        if truth not in taxonomy:
            raise LabelingError(f"The simulated labeler was told {truth!r}, which is no label of the taxonomy.")
        random = np.random.default_rng(_key(self.seed, clip_name, measured))
        rates = self.rates
        first_right = bool(random.random() < rates.first_right)
        right = bool(random.random() < (rates.keeps_right if first_right else rates.rights_wrong))
        first = truth if first_right else _another(truth, taxonomy, random)
        label = truth if right else (first if not first_right else _another(truth, taxonomy, random))
        writer = _Writer(measured, duration_s, taxonomy, rates, random)
        claims, planted = writer.claims(first, label)
        kept = sum(claim.kept for claim in claims)
        return LabelerAnswer(
            first_label=first,
            first_confidence=_confidence(first_right, 0.60, 0.10, random),
            first_reasoning=writer.first_reasoning(first, claims),
            label=label,
            confidence=_confidence(right, 0.70, 0.12, random),
            reasoning=writer.reasoning(first, label, kept, len(claims)),
            claims=claims,
            raw_answer=json.dumps({"simulated": True, "seed": self.seed, "planted_false_claims": planted}),
        )


class _Writer:
    """Writes the claims and the reasoning of one answer."""

    def __init__(
        self,
        measured: CueMeasurement,
        duration_s: float,
        taxonomy: Taxonomy,
        rates: LabelerRates,
        random: np.random.Generator,
    ) -> None:
        self._measured, self._duration_s, self._taxonomy = measured, duration_s, taxonomy
        self._rates, self._random = rates, random
        self._speaks_for = {
            cue: (label.name, weight)
            for label in taxonomy
            for cue, weight in label.cue_weights.items()
            if cue in CATALOG
        }

    def claims(self, first: str, label: str) -> tuple[tuple[Claim, ...], list[int]]:
        """The claims after reflection, in order of start, and the indices of the invented ones."""
        wanted = int(self._random.integers(4, 8))
        planted = sum(self._random.random() < self._rates.planted for _ in range(wanted))
        made = [(claim, False) for claim in self._true_claims(first, wanted - planted)]
        made += [(claim, True) for claim in self._planted_claims(first, planted)]
        made = [(self._reflected(claim, label, false=false), false) for claim, false in made]
        made += [(self._unseen_claim(first), False) for _ in range(int(self._random.integers(1, 3)))]
        made.sort(key=lambda pair: (pair[0].start_s, pair[0].end_s, pair[0].cue))
        return tuple(claim for claim, _ in made), [number for number, (_, false) in enumerate(made) if false]

    def first_reasoning(self, first: str, claims: Sequence[Claim]) -> str:
        """Reasoning of the first pass."""
        names = [CATALOG[claim.cue].title.lower() for claim in claims if claim.cue in CATALOG]
        named = list(dict.fromkeys(names))[:4]
        title = self._taxonomy[first].title
        if not named:
            return self._pick(_PHRASES["first_without"]).format(label=title)
        listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
        return self._pick(_PHRASES["first"]).format(cues=listed, label=title)

    def reasoning(self, first: str, label: str, kept: int, count: int) -> str:
        """Reasoning of the second pass."""
        said = self._pick(_PHRASES["stays"] if first == label else _PHRASES["changes"])
        titles = {"label": self._taxonomy[label].title, "first": self._taxonomy[first].title}
        return said.format(kept=kept, all=count, **titles)

    def _true_claims(self, first: str, count: int) -> list[Claim]:
        """Claims of measured cues; strong cues, and those that favor the first label, are more likely."""
        cues = [cue for cue in self._measured.cues if cue.name in self._speaks_for]
        if not cues or count < 1:
            return []
        fits = np.array([2.5 if self._speaks_for[cue.name][0] == first else 1.0 for cue in cues])
        weights = fits * (0.2 + np.array([cue.strength for cue in cues]))
        chosen = self._random.choice(len(cues), size=min(count, len(cues)), replace=False, p=weights / weights.sum())
        return [self._claim_of(cues[int(number)]) for number in chosen]

    def _claim_of(self, cue: Cue) -> Claim:
        slack_s = self._random.uniform(-0.2, 0.2, size=2)
        start_s = min(max(0.0, cue.start_s + float(slack_s[0])), self._duration_s)
        return self._claim(
            cue.name, start_s, min(max(start_s + 0.2, cue.end_s + float(slack_s[1])), self._duration_s), cue.strength
        )

    def _planted_claims(self, first: str, count: int) -> list[Claim]:
        """Invented claims, at times without a cue of that name; most favor the first label."""
        names = sorted(self._speaks_for)
        fits = np.array([3.0 if self._speaks_for[name][0] == first else 1.0 for name in names])
        claims: list[Claim] = []
        for _ in range(_TRIES * count):
            if len(claims) == count or not names:
                break
            name = str(self._random.choice(names, p=fits / fits.sum()))
            length_s = min(float(self._random.uniform(0.8, 2.6)), self._duration_s)
            start_s = float(self._random.uniform(0, self._duration_s - length_s))
            if not self._happens(name, start_s, start_s + length_s):
                claims.append(self._claim(name, start_s, start_s + length_s, float(self._random.uniform(0.3, 0.9))))
        return claims

    def _happens(self, name: str, start_s: float, end_s: float) -> bool:
        return any(
            cue.name == name and cue.start_s < end_s + _CLEAR_S and cue.end_s > start_s - _CLEAR_S
            for cue in self._measured.cues
        )

    def _claim(self, name: str, start_s: float, end_s: float, strength: float) -> Claim:
        definition = CATALOG[name]
        speaks_for, weight = self._speaks_for[name]
        plain = tuple(
            text.format(title=definition.title, title_lower=definition.title.lower()) for text in _PHRASES["plain"]
        )
        return Claim(
            start_s=round(start_s, 2),
            end_s=round(end_s, 2),
            cue=name,
            region=definition.region,
            text=self._pick(_PHRASES["seen"].get(name, plain)),
            speaks_for=speaks_for,
            weight=round(float(np.clip(weight * (0.7 + 0.8 * strength), 0.05, 1.0)), 2),
            joints=definition.joints,
        )

    def _unseen_claim(self, first: str) -> Claim:
        """A claim about voice or words, which key points cannot check."""
        region = (BodyRegion.VOICE, BodyRegion.WORDS)[int(self._random.integers(2))]
        length_s = min(float(self._random.uniform(1.5, 4.0)), self._duration_s)
        start_s = float(self._random.uniform(0, self._duration_s - length_s))
        speaks_for = first if self._random.random() < 0.75 else _another(first, self._taxonomy, self._random)
        return Claim(
            start_s=round(start_s, 2),
            end_s=round(start_s + length_s, 2),
            cue="other",
            region=region,
            text=self._pick(_PHRASES["unseen_regions"][region.value]),
            speaks_for=speaks_for,
            weight=round(float(self._random.uniform(0.1, 0.35)), 2),
            reflection=self._pick(_PHRASES["kept_unseen"]),
        )

    def _reflected(self, claim: Claim, label: str, *, false: bool) -> Claim:
        dropped = self._random.random() < (self._rates.planted_dropped if false else self._rates.true_dropped)
        if dropped:
            said: Sequence[str] = _PHRASES["dropped_false"] if false else _PHRASES["dropped_true"]
        else:
            said = _PHRASES["kept"] if claim.speaks_for == label else _PHRASES["kept_against"]
        times = {"start": f"{claim.start_s:.1f} s", "end": f"{claim.end_s:.1f} s"}
        return replace(claim, kept=not dropped, reflection=self._pick(said).format(**times))

    def _pick(self, texts: Sequence[str]) -> str:
        return texts[int(self._random.integers(len(texts)))]


def _another(label: str, taxonomy: Taxonomy, random: np.random.Generator) -> str:
    others = [name for name in taxonomy.names if name != label]
    return others[int(random.integers(len(others)))]


def _confidence(right: bool, level: float, gap: float, random: np.random.Generator) -> float:
    """A random confidence (0..1), on average higher by `gap` for correct labels."""
    return round(float(np.clip(level + (gap / 2 if right else -gap / 2) + random.normal(0, 0.11), 0.5, 0.97)), 3)


def _key(seed: int, clip_name: str, measured: CueMeasurement) -> int:
    what = clip_name or repr([(cue.name, round(cue.start_s, 3), round(cue.end_s, 3)) for cue in measured.cues])
    digest = hashlib.sha256(f"simulated labeler/{seed}/{what}".encode()).digest()
    return int.from_bytes(digest[:8], "big")

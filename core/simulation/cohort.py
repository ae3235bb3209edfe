"""Sampling a cohort: subjects with habits, clips with labels, lengths and events (before key points and video are made)."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from core.errors import NotFoundError
from core.simulation.clip_lengths import sample_lengths_s
from core.simulation.event_times import Event, place_events
from core.simulation.gestures import GESTURES, LOST, WON, Gesture
from core.simulation.gold_labels import choose_revealed
from core.simulation.leanings import topics_of, towel_spells
from core.simulation.presets import CohortPreset
from core.simulation.speech_tones import TONES, tone_shares
from core.types.clips import Split

_MOST_CLIPS = 18  # iMiGUE: 2 to 18 interviews a player


@dataclass(frozen=True, slots=True)
class SimulatedSubject:
    """`habits`: gesture name to the log of the factor on its rate. `seed` determines face, hair and way of moving."""

    name: str
    seed: int
    split: Split
    habits: dict[str, float]


@dataclass(frozen=True, slots=True)
class SimulatedClip:
    """`events` in order of start. `tone`, `tells_result` and `topics` determine the words, `towel` what is worn
    (core.simulation.leanings), `seed` everything else.
    """

    name: str
    subject: str
    truth: str
    revealed: bool
    split: Split
    frame_count: int
    duration_s: float
    seed: int
    tone: str
    tells_result: bool
    events: tuple[Event, ...]
    topics: tuple[str, ...] = ()
    towel: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Cohort:
    """A sampled cohort; the same preset and seed give the same cohort."""

    preset: CohortPreset
    seed: int
    subjects: tuple[SimulatedSubject, ...]
    clips: tuple[SimulatedClip, ...]

    def clip(self, name: str) -> SimulatedClip:
        """The clip of that name. Raises NotFoundError."""
        for clip in self.clips:
            if clip.name == name:
                return clip
        raise NotFoundError(f"The simulated cohort has no clip called {name}.")

    def subject_of(self, clip: SimulatedClip) -> SimulatedSubject:
        """The clip's subject. Raises NotFoundError for a clip of another cohort."""
        for subject in self.subjects:
            if subject.name == clip.subject:
                return subject
        raise NotFoundError(f"The simulated cohort has no subject called {clip.subject}.")


def sample_cohort(preset: CohortPreset, *, seed: int, clips: int | None = None) -> Cohort:
    """Draws a cohort. `clips` replaces the preset's number of clips; the number of subjects is scaled with it.

    A subject with two clips or more has both labels, and all of a subject's clips are in one split. Raises
    InputError if the preset does not allow that number.
    """
    preset = preset if clips is None else _resized(preset, clips)
    names = [f"s{number + 1:02d}" for number in range(preset.subjects)]
    random = _random(preset.name, seed)
    sizes = _clips_per_subject(preset, random)
    truths = _labels(preset, sizes, random)
    tested = set(random.permutation(preset.subjects)[: round(preset.test_fraction * preset.subjects)].tolist())
    splits = [Split.TEST if number in tested else Split.TRAIN for number in range(preset.subjects)]
    subjects = tuple(
        SimulatedSubject(
            name=name,
            seed=int(random.integers(2**31)),
            split=split,
            habits={gesture.name: float(preset.habit_sd * random.standard_normal()) for gesture in GESTURES},
        )
        for name, split in zip(names, splits, strict=True)
    )
    lengths_s = iter(sample_lengths_s(preset, preset.clips, random))
    owners = [number for number, size in enumerate(sizes) for _ in range(size)]
    labels = [label for own in truths for label in own]
    revealed = choose_revealed(owners, labels, [splits[owner] for owner in owners], preset.gold_fraction, random)
    drawn = [
        _draw_clip(
            preset,
            subjects[owner],
            number,
            truth=label,
            duration_s=float(next(lengths_s)),
            revealed=told,
            random=random,
        )
        for owner, number, label, told in zip(
            owners, (number for size in sizes for number in range(1, size + 1)), labels, revealed, strict=True
        )
    ]
    return Cohort(preset, seed, subjects, tuple(drawn))


def rate_factor(gesture: Gesture, preset: CohortPreset) -> float:
    """The preset's factor on the gesture's rate; 1 for blinks."""
    return 1.0 if gesture.name == "blink" else preset.rate_scale


def _draw_clip(
    preset: CohortPreset,
    subject: SimulatedSubject,
    number: int,
    *,
    truth: str,
    duration_s: float,
    revealed: bool,
    random: np.random.Generator,
) -> SimulatedClip:
    won = truth == WON
    expected = {}
    for gesture in GESTURES:
        log_factor = subject.habits[gesture.name] - preset.habit_sd**2 / 2
        log_factor += (1 if won else -1) * gesture.sign * preset.effect / 2
        expected[gesture.name] = (
            gesture.per_min * rate_factor(gesture, preset) * duration_s / 60 * float(np.exp(log_factor))
        )
    counts = {name: int(random.poisson(mean)) for name, mean in expected.items()}
    tone = TONES[int(random.choice(len(TONES), p=tone_shares(preset.tone_lean, won=won)))]
    seed = int(random.integers(2**31))
    return SimulatedClip(
        name=f"{subject.name}-{number:02d}",
        subject=subject.name,
        truth=truth,
        revealed=revealed,
        split=subject.split,
        frame_count=round(duration_s * preset.frame_rate),
        duration_s=duration_s,
        seed=seed,
        tone=tone,
        tells_result=bool(random.random() < preset.telling_share),
        events=place_events(counts, duration_s, random),
        topics=topics_of(preset, subject.seed, seed, duration_s, won=won),
        towel=towel_spells(preset, subject.seed, seed, duration_s, won=won),
    )


def _resized(preset: CohortPreset, clips: int) -> CohortPreset:
    """The preset for another number of clips: more clips get more subjects; fewer first reduce the clips per subject, to 2."""
    subjects = (
        round(preset.subjects * clips / preset.clips) if clips > preset.clips else min(preset.subjects, clips // 2)
    )
    return replace(preset, clips=clips, subjects=max(2, subjects))


def _clips_per_subject(preset: CohortPreset, random: np.random.Generator) -> list[int]:
    """At least two each if there are enough clips; even for rendered presets, skewed as in iMiGUE for the others."""
    least = min(2, preset.clips // preset.subjects)
    sizes = np.full(preset.subjects, least)
    weights = np.ones(preset.subjects) if preset.rendered else random.gamma(1.2, size=preset.subjects)
    most = max(_MOST_CLIPS, -(-preset.clips // preset.subjects))
    while (left := preset.clips - int(sizes.sum())) > 0:
        room = sizes < most
        if preset.rendered:
            room &= sizes == sizes.min()
        open_subjects = np.flatnonzero(room)
        chances = weights[open_subjects] / weights[open_subjects].sum()
        picked = random.choice(
            open_subjects, size=min(left, len(open_subjects)), p=chances, replace=not preset.rendered
        )
        for subject in picked:
            if sizes[subject] < most:
                sizes[subject] += 1
    return [int(size) for size in sizes]


def _labels(preset: CohortPreset, sizes: list[int], random: np.random.Generator) -> list[list[str]]:
    """One list of labels per subject, with both labels if it has two clips; overall in the preset's proportion."""
    lost_wanted = preset.clips - round(preset.won_share * preset.clips)
    both = [number for number, size in enumerate(sizes) if size >= 2]
    lost = np.zeros(len(sizes), dtype=int)
    lost[both] = 1
    room = np.array([size - 1 if size >= 2 else 1 for size in sizes])
    while int(lost.sum()) < lost_wanted and (lost < room).any():
        slots = np.maximum(room - lost, 0)
        lost[int(random.choice(len(sizes), p=slots / slots.sum()))] += 1
    out = []
    for size, count in zip(sizes, lost, strict=True):
        own = [LOST] * int(count) + [WON] * (size - int(count))
        out.append([own[place] for place in random.permutation(size)])
    return out


def _random(preset_name: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"telltale-cohort/{preset_name}/{seed}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))

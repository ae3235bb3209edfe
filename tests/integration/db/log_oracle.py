"""What the decision log means, written a second time in plain Python: the tests compare the database with it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from core.types.clips import NewClip, Split
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.pseudo_labels import Labeler, LabelerAnswer

LABELS = ("negative", "positive")
FINALS = {"accept", "correct", "unclear", "adjudicate", "bulk_accept"}
LABELER = Labeler(name="oracle", model_id="none", prompt_version="1", prompt_digest="0")


def new_clip(
    number: int,
    *,
    gold: str | None = None,
    test: bool = False,
    reliability_sample: bool = False,
    subject: str | None = None,
    truth: str | None = None,
) -> NewClip:
    """A clip that needs no file."""
    return NewClip(
        name=f"clip {number}",
        subject=subject or f"person {number % 7}",
        split=Split.TEST if test else Split.TRAIN,
        video_path=None,
        digest=f"{number:064x}",
        duration_s=30.0,
        frame_count=900,
        frame_rate=Fraction(30000, 1001),
        width_px=640,
        height_px=360,
        gold_label=gold,
        reliability_sample=reliability_sample,
        simulated=truth is not None,
        simulated_truth=truth,
    )


def answer(label: str, confidence: float, first: str | None = None) -> LabelerAnswer:
    """A labeler's answer without claims."""
    return LabelerAnswer(
        first_label=first or label,
        first_confidence=confidence,
        first_reasoning="",
        label=label,
        confidence=confidence,
        reasoning="",
        claims=(),
    )


@dataclass
class Row:
    """A decision as the oracle remembers it."""

    id: int
    clip: int
    reviewer: int
    kind: str
    label: str | None
    undoes: int | None = None


@dataclass
class Oracle:
    """The log so far. Everything is worked out by walking through it, oldest row first."""

    gold: dict[int, str | None] = field(default_factory=dict)
    split: dict[int, Split] = field(default_factory=dict)
    reliability_sample: set[int] = field(default_factory=set)
    answers: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def undone(self) -> set[int]:
        """Ids that some undo names."""
        return {row.undoes for row in self.rows if row.undoes is not None}

    def has_blind(self, clip: int, reviewer: int) -> bool:
        """Whether the reviewer has judged the clip blind."""
        return any(row.clip == clip and row.reviewer == reviewer and row.kind == "blind" for row in self.rows)

    def refuses(self, new: NewDecision) -> bool:
        """Whether the rules of the log forbid the row."""
        blind = self.has_blind(new.clip_id, new.reviewer_id)
        shown = dict(self.answers.get(new.clip_id, [])).get(new.pseudo_label_id or -1)
        sampled = new.clip_id in self.reliability_sample
        if self.split[new.clip_id] is Split.TEST and new.kind is not DecisionKind.UNDO:
            return True
        match new.kind:
            case DecisionKind.BLIND:
                return blind or new.mode is not ReviewMode.BLIND
            case DecisionKind.UNDO:
                named = [row for row in self.rows if row.id == new.undoes_id]
                return (
                    not named
                    or named[0].clip != new.clip_id
                    or named[0].reviewer != new.reviewer_id
                    or named[0].kind in {"blind", "repeat", "undo"}
                    or named[0].id in self.undone()
                )
            case DecisionKind.REPEAT:
                twice = any(
                    (row.clip, row.reviewer, row.kind) == (new.clip_id, new.reviewer_id, "repeat") for row in self.rows
                )
                return not blind or twice or new.mode is not ReviewMode.BLIND
            case DecisionKind.BULK_ACCEPT:
                looked_at = any(row.kind != "bulk_accept" for row in self.standing(new.clip_id))
                return sampled or shown is None or shown != new.label or looked_at
            case DecisionKind.ACCEPT | DecisionKind.CORRECT:
                wrong_label = shown != new.label if new.kind is DecisionKind.ACCEPT else shown == new.label
                unseen = new.mode is ReviewMode.BLIND and not blind
                return wrong_label or unseen or (sampled and new.mode is not ReviewMode.BLIND)
            case _:
                return sampled and new.mode is not ReviewMode.BLIND

    def standing(self, clip: int) -> Iterator[Row]:
        """Final rows of a clip that were not undone, oldest first."""
        undone = self.undone()
        return (row for row in self.rows if row.clip == clip and row.kind in FINALS and row.id not in undone)

    def judgment(self, clip: int) -> tuple[str, str | None, str | None, bool]:
        """State, label, source, conflict."""
        counting: Row | None = None
        for row in self.standing(clip):
            if counting is None or counting.kind != "adjudicate" or row.kind == "adjudicate":
                counting = row
        gold, answers = self.gold[clip], self.answers.get(clip, [])
        if counting is not None and counting.kind == "unclear":
            return "unclear", None, None, False
        if counting is not None:
            source = "adjudicated" if counting.kind == "adjudicate" else "human"
            return "reviewed", counting.label, source, gold is not None and gold != counting.label
        state = "labeled" if answers else "imported"
        if gold is not None:
            return state, gold, "gold", False
        return (state, answers[-1][1], "pseudo", False) if answers else (state, None, None, False)

    def disputed(self, clip: int) -> bool:
        """Whether people who looked differ on the clip and nobody has settled it."""
        standing = [row for row in self.standing(clip) if row.kind != "bulk_accept"]
        labels = {row.reviewer: row.label for row in standing}
        settled = any(row.kind == "adjudicate" for row in standing)
        return not settled and len(set(labels.values()) - {None}) > 1

    def step(self, clip: int, reviewer: int) -> str:
        """Where a reviewer is with a clip."""
        if not self.has_blind(clip, reviewer):
            return "label"
        return "done" if any(row.reviewer == reviewer for row in self.standing(clip)) else "reveal"

    def counted(self) -> dict[str, Counter[object]]:
        """Clips by state, (label, source) and split; rows by kind."""
        judged = [self.judgment(clip) for clip in self.gold]
        return {
            "state": Counter(state for state, _, _, _ in judged),
            "label": Counter((label, source) for _, label, source, _ in judged if label is not None),
            "split": Counter(split.value for split in self.split.values()),
            "decision": Counter(row.kind for row in self.rows),
        }

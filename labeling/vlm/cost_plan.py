"""Estimate of the requests, tokens and cost of a labeling run, fast enough for a page.

Video tokens follow from the lengths of the clips by the vendor's published rules; evidence and transcripts are estimated from
a sample of clips. Output and thinking tokens and the cost of failed requests are estimated from this workspace's earlier
calls, or assumed if there are too few.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import fmean

from core.errors import VideoError
from core.types.clips import Clip
from core.types.pseudo_labels import Labeler
from core.workspace import Workspace
from db import clips, cues, labeling_claims, model_calls, sent_requests, transcripts
from db.answered_clips import UnansweredClip, answered_clips, unanswered
from db.engine import Database
from db.model_calls import UsualCall
from labeling.rules.base_rates import base_rates
from labeling.vlm.labeler_factory import Identity, identity, price_of
from labeling.vlm.providers.interface import Usage
from labeling.vlm.providers.prices import load_prices
from labeling.vlm.providers.token_counts import text_tokens, video_tokens
from labeling.vlm.response_files import ResponseFiles
from labeling.vlm.video_segments.cutting import segments_of

MIN_CALLS = 5
_SAMPLED_CLIPS = 12
# Output tokens of each step, assumed until there are calls; from the form of the answer.
_ASSUMED_OUTPUT = {"watch": 1100, "observe": 700, "conclude": 500, "reflect": 1500}
_TOLD_OF_OBSERVATIONS = 350  # tokens of the checks of observations, in reflection's evidence
_THINKING_SHARE = 0.6  # assumed share of the thinking budget that is used


@dataclass(frozen=True, slots=True)
class VlmPlan:
    """`usd` is None if the price file does not list the model. `basis` is a sentence on how the figures were estimated.

    `other_person`: clips answered when another person was their interviewee. `elsewhere`: clips that another run is
    labeling now. `unanswered`: requests of earlier runs that were sent and not answered, perhaps paid for, and
    `unanswered_usd` what they cost at most.
    """

    labeler: Labeler
    clips: int
    already_labeled: int
    minutes: float
    requests: int
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    usd: float | None
    usd_per_minute: float | None
    price_day: date
    basis: str
    other_person: int
    elsewhere: int
    unanswered: int
    unanswered_usd: float


def plan_run(
    workspace: Workspace, database: Database, name: str, limit: int | None = None, *, other_person: bool = False
) -> VlmPlan:
    """The estimate for `gemini` or `openai` on the training clips that it has not answered. Raises SettingsError.

    With `other_person`, also on those that it answered when another person was their interviewee.
    """
    who = identity(workspace, name)
    with database.read() as connection:
        waiting = unanswered(connection, who.labeler, who.equal_digests, other_person=other_person)
        answered = answered_clips(connection, who.labeler, who.equal_digests)
        elsewhere = labeling_claims.claimed(connection, who.work)
        lost = sent_requests.unanswered(connection, name)
        files = ResponseFiles(workspace.responses_dir)
        unsettled = [one for one in sent_requests.abandoned(connection, name) if files.find(one.id) is None]
        usual = model_calls.usual(connection, who.labeler.model_id)
    waiting = [clip for clip in waiting if clip.clip_id not in elsewhere]
    asked = waiting if limit is None else waiting[:limit]
    counting = _Counting(workspace, name, who, usual, _sample(database, who, asked))
    usages = [usage for clip in asked for usage in counting.requests(clip)]
    price = price_of(workspace, name)
    today = datetime.now(UTC).date()
    usd = None if price is None else math.fsum(price.usd(usage, today) for usage in usages)
    minutes = math.fsum(clip.duration_s for clip in asked) / 60
    return VlmPlan(
        labeler=who.labeler,
        clips=len(asked),
        already_labeled=len(answered.done),
        minutes=minutes,
        requests=len(usages),
        input_tokens=sum(usage.input for usage in usages),
        output_tokens=sum(usage.output for usage in usages),
        thinking_tokens=sum(usage.thinking for usage in usages),
        usd=usd,
        usd_per_minute=usd / minutes if usd is not None and minutes else None,
        price_day=load_prices(workspace.root).day,
        basis=counting.basis,
        other_person=len(answered.other_person),
        elsewhere=len(elsewhere),
        unanswered=lost.requests + len(unsettled),
        unanswered_usd=lost.worst_usd + math.fsum(one.worst_usd for one in unsettled),
    )


class _Counting:
    """Estimates the tokens of each request for a clip."""

    def __init__(
        self, workspace: Workspace, name: str, who: Identity, usual: Mapping[str, UsualCall], sample: "_Sample"
    ) -> None:
        self._settings = workspace.settings.labeling
        self._taxonomy = workspace.settings.taxonomy
        self._name = name
        self._watching = who.questions.watching
        self._usual = usual
        self._sample = sample
        self._words_of = {
            step: text_tokens(who.questions.prompt_characters(step))
            for step in ("watch", "observe", "conclude", "reflect")
        }

    @property
    def basis(self) -> str:
        calls = sum(one.calls for one in self._usual.values())
        if all(self._known(step) for step in ("watch", "reflect")):
            return f"Answers as long, and as often in vain, as the {calls} that this model has given in this workspace."
        return (
            "How much the model writes and thinks is assumed until it has answered here: "
            f"{_ASSUMED_OUTPUT['watch']} and {_ASSUMED_OUTPUT['reflect']} tokens in the two passes, "
            f"{_THINKING_SHARE:.0%} of the thinking budget."
        )

    def requests(self, clip: UnansweredClip) -> list[Usage]:
        """The estimated usage of each request, in order."""
        watching = self._watching
        segments = segments_of(clip.duration_s, watching.segment_s, watching.overlap_s)
        words = math.ceil(text_tokens(clip.transcript_characters) * self._sample.transcript_ratio)
        first = "watch" if len(segments) == 1 else "observe"
        found = [
            self._usage(
                first,
                self._video_segment(segment.duration_s)
                + self._words_of[first]
                + math.ceil(words * segment.duration_s / clip.duration_s),
            )
            for segment in segments
        ]
        if len(segments) > 1:
            listed = len(segments) * self._output("observe")
            found.append(self._usage("conclude", self._words_of["conclude"] + listed))
        again = self._settings.video_in_reflection and len(segments) == 1
        known = self._known("reflect")
        if known is not None and not again:
            return [*found, Usage(round(known.input_tokens), self._output("reflect"), self._thinking("reflect"))]
        told = self._output("watch") + _TOLD_OF_OBSERVATIONS + self._sample.evidence_tokens
        video = self._video_segment(clip.duration_s) if again else 0
        return [*found, self._usage("reflect", video + self._words_of["reflect"] + told + words)]

    def _video_segment(self, duration_s: float) -> int:
        frames = max(1, math.ceil(duration_s * self._watching.frames_per_s - 1e-6))
        return video_tokens(self._settings, self._name, frames, duration_s * self._sample.sound_share)

    def _usage(self, step: str, input_tokens: int) -> Usage:
        known = self._known(step)
        sent = round(input_tokens * known.input_ratio) if known else input_tokens
        return Usage(sent, self._output(step), self._thinking(step))

    def _output(self, step: str) -> int:
        known = self._known(step)
        return round(known.output_tokens) if known else _ASSUMED_OUTPUT[step]

    def _thinking(self, step: str) -> int:
        known = self._known(step)
        if known:
            return round(known.thinking_tokens)
        if self._name == "openai":
            return 0
        return round(_THINKING_SHARE * max(0, self._settings.gemini.thinking_budget_tokens))

    def _known(self, step: str) -> UsualCall | None:
        usual = self._usual.get(step)
        return usual if usual is not None and usual.calls >= MIN_CALLS else None


@dataclass(frozen=True, slots=True)
class _Sample:
    """Means over a sample of clips. `transcript_ratio`: characters in a request per stored character."""

    sound_share: float
    evidence_tokens: int
    transcript_ratio: float


def _sample(database: Database, who: Identity, asked: Sequence[UnansweredClip]) -> _Sample:
    step = max(1, len(asked) // _SAMPLED_CLIPS)
    chosen = asked[::step][:_SAMPLED_CLIPS]
    questions = who.questions
    with database.read() as connection:
        found = [clips.get(connection, clip.clip_id) for clip in chosen]
        spoken = [transcripts.of_clip(connection, clip.id) for clip in found]
    measured = [measurement for _, measurement in cues.each(database, [clip.id for clip in found])]
    rates = base_rates(measured)
    evidence = [text_tokens(questions.evidence_characters(one, rates)) for one in measured]
    stored = sum(clip.transcript_characters for clip in chosen)
    shown = sum(questions.transcript_characters(clip, words) for clip, words in zip(found, spoken, strict=True))
    return _Sample(
        sound_share=_sound_share(found) if questions.watching.with_sound else 0.0,
        evidence_tokens=round(fmean(evidence)) if evidence else 0,
        transcript_ratio=shown / stored if stored else 0.0,
    )


def _sound_share(found: Sequence[Clip]) -> float:
    from core.media.apart import probe_apart  # imported here, as pages without an estimate need no PyAV

    heard = videos = 0
    for path in (Path(clip.video_path) for clip in found if clip.video_path):
        try:
            heard += probe_apart(path).has_sound
        except VideoError:
            continue  # an unreadable video will be reported by the run itself
        videos += 1
    return heard / videos if videos else 0.0

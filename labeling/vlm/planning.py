"""What a labelling run would send and cost, before anything is sent: from lengths alone, so that a page can ask for it.

The input of pass 1 follows from the length of the clips by the vendor's published rules. What cannot be known before,
how much a model writes and thinks, is taken from this workspace's own answered calls once there are some, else assumed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from core.errors import VideoError
from core.records import Labeler
from core.workspace import Workspace
from db import model_calls, pseudo_labels
from db.engine import Database
from db.model_calls import UsualCall
from db.pseudo_labels import UnansweredClip
from labeling.vlm.model import Usage
from labeling.vlm.opening import Identity, identity, price_of
from labeling.vlm.prices import load_prices
from labeling.vlm.segments import segments_of
from labeling.vlm.tokens import film_tokens, text_tokens

MIN_CALLS = 5
_PROBED_FOR_SOUND = 12
# Until a model has answered: characters of an answer, from the form that is asked for.
_ASSUMED_OUTPUT = {"watch": 1100, "observe": 700, "conclude": 500, "reflect": 1500}
_ASSUMED_REFLECTION_INPUT = 3000
_THINKING_SHARE = 0.6  # of the budget


@dataclass(frozen=True, slots=True)
class VlmPlan:
    """`usd` is None where the price file does not list the model. `basis` says in a sentence where the figures come from."""

    labeler: Labeler
    clips: int
    already_labelled: int
    minutes: float
    requests: int
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    usd: float | None
    usd_per_minute: float | None
    price_day: date
    basis: str


def plan_run(workspace: Workspace, database: Database, name: str, limit: int | None = None) -> VlmPlan:
    """Of `gemini` or `openai` over the training clips that it has not answered. Raises SettingsError."""
    who = identity(workspace, name)
    with database.read() as connection:
        clips = pseudo_labels.unanswered(connection, who.labeler, who.settings_digest)
        done = len(pseudo_labels.done_keys(connection, who.labeler, who.settings_digest))
        usual = model_calls.usual(connection, who.labeler.model_id)
    asked = clips if limit is None else clips[:limit]
    counting = _Counting(workspace, name, who, usual, _sound_share(asked) if who.questions.watching.with_sound else 0.0)
    usages = [usage for clip in asked for usage in counting.requests(clip)]
    price = price_of(workspace, name)
    today = datetime.now(UTC).date()
    usd = None if price is None else math.fsum(price.usd(usage, today) for usage in usages)
    minutes = math.fsum(clip.duration_s for clip in asked) / 60
    return VlmPlan(
        labeler=who.labeler,
        clips=len(asked),
        already_labelled=done,
        minutes=minutes,
        requests=len(usages),
        input_tokens=sum(usage.input for usage in usages),
        output_tokens=sum(usage.output for usage in usages),
        thinking_tokens=sum(usage.thinking for usage in usages),
        usd=usd,
        usd_per_minute=usd / minutes if usd is not None and minutes else None,
        price_day=load_prices(workspace.root).day,
        basis=counting.basis,
    )


class _Counting:
    """Tokens of each request that a clip will need."""

    def __init__(
        self, workspace: Workspace, name: str, who: Identity, usual: Mapping[str, UsualCall], sound_share: float
    ) -> None:
        self._settings = workspace.settings.labeling
        self._taxonomy = workspace.settings.taxonomy
        self._name = name
        self._watching = who.questions.watching
        self._usual = usual
        self._sound_share = sound_share
        self._words_of = {
            step: text_tokens(who.questions.prompt_characters(step))
            for step in ("watch", "observe", "conclude", "reflect")
        }

    @property
    def basis(self) -> str:
        calls = sum(one.calls for one in self._usual.values())
        if all(self._known(step) for step in ("watch", "reflect")):
            return f"Answers as long as the {calls} that this model has given in this workspace."
        return (
            "How much the model writes and thinks is assumed until it has answered here: "
            f"{_ASSUMED_OUTPUT['watch']} and {_ASSUMED_OUTPUT['reflect']} tokens in the two passes, "
            f"{_THINKING_SHARE:.0%} of the thinking budget."
        )

    def requests(self, clip: UnansweredClip) -> list[Usage]:
        """One usage a request, in the order in which they are sent."""
        watching = self._watching
        segments = segments_of(clip.duration_s, watching.segment_s, watching.overlap_s)
        words = text_tokens(clip.transcript_characters) if self._settings.transcript else 0
        first = "watch" if len(segments) == 1 else "observe"
        found = [
            self._usage(
                first,
                self._film(segment.duration_s)
                + self._words_of[first]
                + math.ceil(words * segment.duration_s / clip.duration_s),
            )
            for segment in segments
        ]
        if len(segments) > 1:
            listed = len(segments) * self._output("observe")
            found.append(self._usage("conclude", self._words_of["conclude"] + listed))
        again = self._film(clip.duration_s) if self._settings.film_in_reflection and len(segments) == 1 else 0
        known = self._known("reflect")
        reflection = round(known.input_tokens) if known else self._words_of["reflect"] + self._evidence() + words
        found.append(self._usage("reflect", reflection + (0 if known else again)))
        return found

    def _evidence(self) -> int:
        return _ASSUMED_REFLECTION_INPUT if self._settings.evidence else _ASSUMED_OUTPUT["watch"]

    def _film(self, duration_s: float) -> int:
        frames = max(1, math.ceil(duration_s * self._watching.frames_per_s - 1e-6))
        return film_tokens(self._settings, self._name, frames, duration_s * self._sound_share)

    def _usage(self, step: str, input_tokens: int) -> Usage:
        return Usage(input_tokens, self._output(step), self._thinking(step))

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


def _sound_share(clips: Sequence[UnansweredClip]) -> float:
    """Share of the clips whose video has sound, by looking into a few of them spread over the whole."""
    from core.video import probe_video  # PyAV, which a page without a plan does without

    step = max(1, len(clips) // _PROBED_FOR_SOUND)
    paths = [Path(clip.video_path) for clip in clips[::step][:_PROBED_FOR_SOUND] if clip.video_path]
    heard = 0
    for path in paths:
        try:
            heard += probe_video(path).audio_codec is not None
        except VideoError:
            continue  # it will be refused when it is sent, with its sentence
    return heard / len(paths) if paths else 0.0

"""A request's digest is its key in the journal of paid answers: whatever is renamed here, it stays what it was."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from core.pose.cues import CATALOG
from core.types.clips import Clip, ClipState, Split
from core.types.cues import Cue, CueCoverage, CueMeasurement
from core.types.transcript import TranscriptSegment
from core.workspace import open_workspace
from labeling.rules.base_rates import base_rates
from labeling.vlm.answers.observations import in_clip_time
from labeling.vlm.answers.schema import Watched, parse
from labeling.vlm.prompting.prompt_files import load_prompts
from labeling.vlm.prompting.questions import Questions, Watching, video_identity
from labeling.vlm.providers.interface import Delivery, Reply, Request
from labeling.vlm.providers.token_counts import model_settings
from labeling.vlm.requests import request_digest

CLIP = Clip(
    id=1, name="match-01", subject_id=1, subject="P1", split=Split.TRAIN, video_path=None, digest="d", duration_s=8.0,
    frame_count=200, frame_rate=Fraction(25), width_px=640, height_px=360, transcript=None, gold_label=None,
    simulated=False, reliability_sample=False, state=ClipState.IMPORTED, created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
WORDS = (TranscriptSegment("I felt fine out there, and then I lost 6-4.", 1.0, 4.0),)
MEASURED = CueMeasurement(
    cues=(Cue("smile", 2.0, 3.0, 0.8, (25,)),),
    coverage=tuple(CueCoverage(name, 8.0, ((0.0, 8.0),), "") for name in CATALOG),
    duration_s=8.0,
)
ANSWER = """{
    "observations": [
        {"start_s": 2, "end_s": 3, "cue": "smile", "region": "face", "seen": "Smiles.", "clarity": 0.9},
        {"start_s": 5, "end_s": 6, "cue": "nodding", "region": "head", "seen": "Nods.", "clarity": 0.5}
    ],
    "arguments": [
        {"label": "positive", "argument": "A smile.", "strength": 0.7, "observations": [0]},
        {"label": "negative", "argument": "A nod.", "strength": 0.2, "observations": [1]}
    ],
    "label": "positive", "confidence": 0.8, "reasoning": "The smile weighs more."
}"""


class Silent:
    """A model that is never asked."""

    model_id = "gemini-2.5-pro"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def ask(self, request: Request, delivery: Delivery) -> Reply:
        raise AssertionError(request, delivery)

    def delete_upload(self, name: str) -> None:
        raise AssertionError(name)

    def input_tokens(self, request: Request) -> int:
        raise AssertionError(request)

    def close(self) -> None:
        """Nothing to end."""


def test_the_same_two_requests_have_the_digests_that_they_always_had(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "workspace")
    settings = workspace.settings.labeling
    model = Silent(model_settings(settings, "gemini"))
    prompts = load_prompts(workspace.root, evidence=True)
    questions = Questions(workspace, prompts, Watching.of(settings, "gemini"))
    source, segments = questions.source(CLIP), questions.segments(CLIP)
    watch = questions.watch(source, segments, 0, WORDS)
    first = parse(Watched, ANSWER, workspace.settings.taxonomy)
    seen = in_clip_time(first.observations, segments[0])
    reflect = questions.reflect(CLIP, source, seen, first, measured=MEASURED, base_rates=base_rates([]), words=WORDS)
    assert prompts.digest == "ce8671b3b45448bb"
    assert request_digest(model, watch, video_identity(CLIP, watch.video)) == (
        "bd01912fb75a1568db080695f74ee25f2e29dcb7b820d00864e0ebc3921e9a34"
    )
    assert request_digest(model, reflect, video_identity(CLIP, reflect.video)) == (
        "e58264970f03f88af626815e46a64c3ec13cd75400d59212e0a0fa8546478632"
    )

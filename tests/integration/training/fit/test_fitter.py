"""One fit on real features: precision, want of memory, and what several people answered."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.errors import JobCancelledError, TrainingError
from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from tests.integration.training.planted import LABELS, add_cohort, tiny_settings, toy_workspace
from training.data.batch import Batch
from training.data.dataset import open_clips
from training.data.mixing import Mixing
from training.fit.fitter import FitPlan, Fitter
from training.fit.training_curves import FitKey
from training.models.fusion import Fusion, ModelOutput
from training.models.model_shape import ModelShape

PLAIN = {  # nothing is drawn but the order of the clips, which are read whole
    "speed_change": 0,
    "least_crop": 1,
    "rotation_deg": 0,
    "scale_change": 0,
    "shear": 0,
    "joint_dropout": 0,
    "jitter": 0,
    "mixup": 0,
}


class Told(SilentProgress):
    """Remembers what was said; cancels after so many messages."""

    def __init__(self, cancelled_after: int | None = None) -> None:
        self.messages: list[str] = []
        self._cancelled_after = cancelled_after

    def report(self, fraction: float, message: str) -> None:
        self.messages.append(message)

    def raise_if_cancelled(self) -> None:
        if len(self.messages) == self._cancelled_after:
            raise JobCancelledError("cancelled")


class Forgetful(Fusion):
    """Has memory for so many clips at once, and for so many more when nothing is learned."""

    holds = 1_000
    holds_answering = 1_000

    def forward(self, batch: Batch, mixing: Mixing | None = None) -> ModelOutput:
        if len(batch.clip_ids) > (self.holds if self.training else self.holds_answering):
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return super().forward(batch, mixing)


class Bench:
    """Twelve clips of key points, and short fits on them."""

    def __init__(self, folder: Path) -> None:
        workspace, database = toy_workspace(folder / "workspace")
        found = add_cohort(workspace, database, subjects=6, clips_each=2)
        self.rows = [
            CuratedRow(clip.id, clip.subject_id, str(clip.gold_label), LabelSource.GOLD, 1.0) for clip in found
        ]
        self.folder = folder
        self.source = open_clips(
            FeatureStore(workspace.features_dir),
            found,
            {clip.id: frozenset({"pose"}) for clip in found},
            cache=folder / "cache",
            max_frames=1000,
            measured={},
            progress=SilentProgress(),
        )

    def fitted(
        self,
        name: str,
        *,
        holds: int = 1_000,
        rows: Sequence[CuratedRow] = (),
        cancelled_after: int | None = None,
        **settings: object,
    ) -> tuple[Fusion, Fitter, Told]:
        (self.folder / name).mkdir(exist_ok=True)
        told = Told(cancelled_after)
        fitter = Fitter(self.source, tiny_settings(**settings), LABELS, self.folder / name, told)
        torch.manual_seed(0)
        shape = ModelShape(("pose",), 2, 8, 1, 2, 5, 0, 0, 0.0, 0.0, 0.0)
        model = Forgetful(shape)
        model.holds = holds
        plan = FitPlan(FitKey(0, 1, "pose"), rows or self.rows, 6, message="pose")
        return fitter.fit(model, plan), fitter, told


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("fit"))


def test_a_batch_that_memory_does_not_hold_is_halved_and_teaches_the_same(bench: Bench) -> None:
    whole, _, _ = bench.fitted("whole", **PLAIN)
    halved, _, told = bench.fitted("halved", holds=1, **PLAIN)
    for name, weights in whole.state_dict().items():
        torch.testing.assert_close(halved.state_dict()[name], weights, rtol=1e-3, atol=2e-4)
    assert "pose, batches in 4 parts for want of memory" in told.messages


def test_a_fit_whose_batches_were_split_goes_on_with_split_ones(bench: Bench) -> None:
    straight, _, _ = bench.fitted("split", holds=1)
    with pytest.raises(JobCancelledError):
        bench.fitted("split and cancelled", holds=1, cancelled_after=3)
    resumed, _, told = bench.fitted("split and cancelled")
    assert {message.partition(", ")[2] for message in told.messages} == {"batches in 4 parts for want of memory"}
    for name, weights in straight.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], weights), name


def test_the_next_fit_takes_whole_batches_again(bench: Bench) -> None:
    model, fitter, told = bench.fitted("split first", holds=1)
    assert isinstance(model, Forgetful)
    told.messages.clear()
    model.holds = 1_000
    fitter.fit(model, FitPlan(FitKey(1, 1, "pose"), bench.rows, 2, message="pose"))
    assert set(told.messages) == {"pose"}


def test_a_clip_that_memory_does_not_hold_alone_is_told_with_what_to_lower(bench: Bench) -> None:
    with pytest.raises(
        TrainingError, match=r"frames that a training step reads of one clip; lower training\.step_frames"
    ):
        bench.fitted("hopeless", holds=0)


def test_clips_that_memory_does_not_hold_together_are_answered_apart(bench: Bench) -> None:
    model, fitter, _ = bench.fitted("answers")
    assert isinstance(model, Forgetful)
    clip_ids = [row.clip_id for row in bench.rows]
    together = fitter.predict(model, clip_ids)
    model.holds_answering = 1
    apart = fitter.predict(model, clip_ids)
    assert {clip_id: pytest.approx(answer, abs=1e-6) for clip_id, answer in together.items()} == apart


def test_a_clip_that_cannot_be_answered_for_want_of_memory_is_named(bench: Bench) -> None:
    model, fitter, _ = bench.fitted("no answers")
    assert isinstance(model, Forgetful)
    model.holds_answering = 0
    with pytest.raises(
        TrainingError, match=r"the 60 frames of the clip 's0-c0' at once\. With training\.predict_windows set"
    ):
        fitter.predict(model, [bench.rows[0].clip_id])


def test_another_error_of_the_network_is_not_hidden(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(
        self: Fusion, batch: Batch, mixing: Mixing | None = None
    ) -> ModelOutput:  # takes what the real one takes
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(Fusion, "forward", broken)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        bench.fitted("broken")


def test_mixed_precision_learns_the_same_twice_and_answers_in_shares(bench: Bench) -> None:
    first, fitter, _ = bench.fitted("mixed", mixed_precision=True)
    second, _, _ = bench.fitted("mixed again", mixed_precision=True)
    full, _, _ = bench.fitted("full")
    assert all(torch.equal(first.state_dict()[name], weights) for name, weights in second.state_dict().items())
    assert any(not torch.equal(first.state_dict()[name], weights) for name, weights in full.state_dict().items())
    assert all(weights.dtype != torch.bfloat16 for weights in first.state_dict().values())
    answers = fitter.predict(first, [row.clip_id for row in bench.rows])
    assert all(sum(answer) == pytest.approx(1) for answer in answers.values())


@pytest.mark.parametrize("loss", ["generalized-cross-entropy", "bootstrapping"])
def test_another_loss_learns_other_weights(bench: Bench, loss: str) -> None:
    usual, _, _ = bench.fitted(f"usual beside {loss}")
    other, _, _ = bench.fitted(loss, loss=loss)
    assert not torch.equal(usual.head.weight, other.head.weight)
    assert other.head.weight.isfinite().all()


def test_people_who_differ_teach_their_shares_and_not_the_label_that_counts(bench: Bench) -> None:
    one, other = LABELS
    divided = [replace(row, soft_labels=((one, 0.5), (other, 0.5))) for row in bench.rows]
    turned = [replace(row, label=other if row.label == one else one) for row in divided]
    sampled = {"imbalance": "balanced-sampling", **PLAIN}  # else the prior of the labels that count is in it
    learnt = [
        bench.fitted(name, rows=rows, **sampled)[0].head.weight
        for name, rows in (("divided", divided), ("turned", turned), ("agreed", bench.rows))
    ]
    assert torch.equal(learnt[0], learnt[1])
    assert not torch.equal(learnt[0], learnt[2])

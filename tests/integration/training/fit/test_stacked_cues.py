"""What the cue rates add to the logits of a row while a network learns from it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.clips import Clip, LabelSource
from core.types.cues import Cue, CueCoverage, CueMeasurement
from core.types.runs import CuratedRow
from tests.integration.training.planted import LABELS, add_cohort, tiny_settings, toy_workspace
from training.data.batch import Batch
from training.data.dataset import ClipSource, open_clips
from training.data.dataset_spec import DatasetSpec
from training.data.mixing import Mixing
from training.fit import fold_fits
from training.fit.fitter import Fitter
from training.fit.fold_fits import FoldFits, shape_of
from training.models.fusion import Fusion, ModelOutput

BEGIN = ((0.0, 0.0), "")
NAMES = [f"cue {number}" for number in range(6)]
Margins = dict[int, float]  # by clip id, the logit of the first label minus that of the second


def measured(random: np.random.Generator) -> CueMeasurement:
    """Six cues in two seconds, each as often as chance has it: 12 times, and a half more or less in one person."""
    found = [Cue(name, 1.0, 1.1, 1.0, ()) for name in NAMES for _ in range(random.poisson(12 * random.uniform(0.5, 2)))]
    return CueMeasurement(tuple(found), tuple(CueCoverage(name, 2.4, ((0.0, 2.4),), "") for name in NAMES), 2.4)


class Toy:
    """Forty clips of ten people, whose cues know nothing of any label."""

    def __init__(self, folder: Path) -> None:
        workspace, database = toy_workspace(folder / "workspace")
        self.folder = folder
        self.clips = add_cohort(workspace, database, subjects=10, clips_each=4)
        random = np.random.default_rng(5)
        found = {clip.id: measured(random) for clip in self.clips}
        kinds = {clip.id: frozenset({"pose"}) for clip in self.clips}
        self.source: ClipSource = open_clips(
            FeatureStore(workspace.features_dir),
            self.clips,
            kinds,
            cache=folder / "cache",
            max_frames=1000,
            measured=found,
            progress=SilentProgress(),
        )
        self.spec = DatasetSpec(tuple(self.clips), kinds, ("pose",), {}, {}, {}, found)
        self.fits = 0

    def rows(self, label_of: Mapping[int, str]) -> list[CuratedRow]:
        return [CuratedRow(clip.id, clip.subject_id, label_of[clip.id], LabelSource.GOLD, 1.0) for clip in self.clips]

    def learn(self, rows: Sequence[CuratedRow], monkeypatch: pytest.MonkeyPatch) -> Margins:
        """The logits of the rows when they are first learned from: a new network itself says nothing yet."""
        said: Margins = {}

        class Listened(Fusion):
            def forward(self, batch: Batch, mixing: Mixing | None = None) -> ModelOutput:
                out: ModelOutput = super().forward(batch, mixing)
                if self.training:
                    margins = (out.logits[:, 0] - out.logits[:, 1]).tolist()
                    said.update({k: v for k, v in zip(batch.clip_ids, margins, strict=True) if k not in said})
                return out

        monkeypatch.setattr(fold_fits, "Fusion", Listened)
        self.fits += 1
        folder = self.folder / str(self.fits)
        folder.mkdir()
        settings = tiny_settings(stage1_steps=12, learning_rate=1e-12, mixup=0)
        fitter = Fitter(self.source, settings, LABELS, folder, SilentProgress())
        shape = shape_of(settings, self.spec, self.source, len(LABELS))
        FoldFits(fitter, shape, settings, LABELS, self.spec, None).single(rows, 0, "pose", BEGIN)
        return said


@pytest.fixture(autouse=True)
def always_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rates are not shrunk; else what is true by chance is mostly believed not at all."""
    monkeypatch.setattr("training.data.cue_rates._SHRINKAGES", (1.0,))


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return Toy(tmp_path_factory.mktemp("stacked"))


def labels_by_chance(found: Sequence[Clip], seed: int) -> dict[int, str]:
    """Half of each person's clips has either label."""
    random = np.random.default_rng(seed)
    return {
        clip.id: label
        for start in range(0, len(found), 4)
        for clip, label in zip(found[start : start + 4], random.permutation([*LABELS, *LABELS]).tolist(), strict=True)
    }


def test_a_person_who_is_labeled_otherwise_is_told_the_same_by_the_rates(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = toy.rows(labels_by_chance(toy.clips, seed=1))
    said = toy.learn(rows, monkeypatch)
    person = next(row.subject_id for row in rows if row.clip_id in said)
    other = {LABELS[0]: LABELS[1], LABELS[1]: LABELS[0]}
    turned = [replace(row, label=other[row.label]) if row.subject_id == person else row for row in rows]
    again = toy.learn(turned, monkeypatch)
    own = [row.clip_id for row in rows if row.subject_id == person]
    assert {clip_id: again[clip_id] for clip_id in own} == pytest.approx({clip_id: said[clip_id] for clip_id in own})
    assert any(again[clip_id] != pytest.approx(said[clip_id]) for clip_id in said if clip_id not in own)


def test_on_labels_by_chance_the_rates_tell_the_rows_that_are_learned_from_no_better_than_chance(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    right: list[bool] = []
    for seed in range(6):
        label_of = labels_by_chance(toy.clips, seed)
        said = toy.learn(toy.rows(label_of), monkeypatch)
        right += [(margin > 0) == (label_of[clip_id] == LABELS[0]) for clip_id, margin in said.items()]
    assert 0.35 < np.mean(right) < 0.58, np.mean(right)

"""How many steps a modality alone takes, found on held-out people of its training clips."""

from pathlib import Path

from core.feature_store import FeatureStore
from core.progress import SilentProgress
from core.types.clips import LabelSource
from core.types.runs import CuratedRow
from tests.integration.training.planted import LABELS, add_clip, toy_workspace
from training.data.dataset import open_clips
from training.data.dataset_spec import DatasetSpec
from training.fit.fitter import Fitter
from training.fit.fold_fits import FoldFits, shape_of
from training.fit.resources import resolved
from training.fit.training_curves import read_curves

FEW, MANY = 6, 40  # steps, too few to learn a signal, and enough to know the clips by heart
TEXT = frozenset({"text"})


def steps_taken(folder: Path, *, usual: int, told: bool, people: int = 8) -> int:
    """The last step of a fit on words that tell the label, or, half of the time each, the right and the wrong one."""
    workspace, database = toy_workspace(
        folder / "workspace", stage1_steps=usual, steps_by_folds=True, learning_rate=0.03, mixup=0
    )
    found = []
    for number in range(4 * people):
        label = LABELS[number % 2]
        planted = label if told else LABELS[number // 2 % 2]
        clip = add_clip(
            workspace,
            database,
            f"c{number}",
            subject=f"person {number // 4}",
            label=label,
            planted=planted,
            modalities=("text",),
            seed=number,
        )
        found.append(clip)
    kinds = {clip.id: TEXT for clip in found}
    source = open_clips(
        FeatureStore(workspace.features_dir),
        found,
        kinds,
        cache=folder / "cache",
        max_frames=1000,
        measured={},
        progress=SilentProgress(),
    )
    settings = resolved(workspace.settings.training, [60] * len(found), None)
    spec = DatasetSpec((), kinds, ("text",), {}, {}, {}, {})
    fitter = Fitter(source, settings, LABELS, folder, SilentProgress())
    rows = [CuratedRow(clip.id, clip.subject_id, str(clip.gold_label), LabelSource.GOLD, 1.0) for clip in found]
    fits = FoldFits(fitter, shape_of(settings, spec, source, len(LABELS)), settings, LABELS, spec, None)
    fits.single(rows, 0, "text", ((0.0, 1.0), "text alone"))
    return max(point["step"] for point in read_curves(folder / "curves.jsonl"))


def test_what_can_be_learned_gets_twice_the_steps(tmp_path: Path) -> None:
    assert steps_taken(tmp_path, usual=FEW, told=True) == 2 * FEW


def test_where_nothing_can_be_learned_half_the_steps_are_taken(tmp_path: Path) -> None:
    assert steps_taken(tmp_path, usual=MANY, told=False) == MANY // 2


def test_people_who_cannot_be_halved_get_the_usual_steps(tmp_path: Path) -> None:
    assert steps_taken(tmp_path, usual=FEW, told=True, people=1) == FEW

"""Weights of pseudo-labels: by version of a labeler, and inside a fold by the judgments of its training side alone."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.progress import SilentProgress
from core.types.clips import LabelSource
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.pseudo_labels import Labeler, LabelerAnswer
from core.types.runs import CuratedSet
from core.workspace import Workspace
from db import curated_sets, decisions, labeler_choices, pseudo_labels, reviewers
from db.engine import Database
from tests.integration.training.planted import SMILE, TOY_LABELER, add_clip, toy_workspace, with_training
from training.data.curate import Rule, curate, plan
from training.data.dataset_spec import gather
from training.data.labeler_calibration import calibrated_splits
from training.data.splits import FoldSplit
from training.evaluation.baselines import logistic_on_cues
from training.protocols.grouped_folds import evaluate_folds
from training.runs.cross_validation import cross_validate
from training.runs.prepare import RunContext, prepare
from training.runs.run_folder import claim_run

CONFIDENCE = 0.8
NEW_PROMPT = replace(TOY_LABELER, prompt_version="2", prompt_digest="1" * 8)
RULE = Rule(pseudo_weight=1.0)


def add_judged(
    workspace: Workspace, database: Database, subject: str, *, right: int, of: int = 40, labeler: Labeler = TOY_LABELER
) -> list[int]:
    """Clips of a subject that the labeler calls positive and negative in turn, and that Ada judged blind: `right` of them
    alike. Their ids.
    """
    found = []
    for number in range(of):
        clip = add_clip(workspace, database, f"{subject} {number}", subject=subject, label=None, modalities=("text",))
        said = ("positive", "negative")[number % 2]
        other = ("negative", "positive")[number % 2]
        with database.write() as connection:
            answer = LabelerAnswer(said, CONFIDENCE, "", said, CONFIDENCE, "", claims=(SMILE,))
            pseudo_labels.store(connection, clip.id, labeler, "0" * 8, answer)
        judge(database, clip.id, said if number < right else other)
        found.append(clip.id)
    return found


def judge(database: Database, clip_id: int, label: str) -> None:
    """Blind, and not settled: the pseudo-label still counts."""
    with database.write() as connection:
        ada = reviewers.ensure(connection, "Ada")
        shown = pseudo_labels.of_clip(connection, clip_id)[0]
        token, blind = f"blind {clip_id}", (DecisionKind.BLIND, ReviewMode.BLIND)
        decisions.record(connection, NewDecision(token, clip_id, ada.id, *blind, label, 2, shown.id))


@pytest.fixture
def study(tmp_path: Path) -> tuple[Workspace, Database, CuratedSet]:
    """Of the subject a the labeler is right in 36 of 40 clips, of b in 12 of 40."""
    workspace, database = toy_workspace(tmp_path / "workspace", modalities=["text"])
    for subject, right in (("a", 36), ("b", 12)):
        add_judged(workspace, database, subject, right=right)
    return workspace, database, curate(database, workspace.settings, "set", RULE)


def splits_of(curated: CuratedSet) -> list[FoldSplit]:
    """Each subject held out once: b, then a."""
    subjects = sorted({row.subject_id for row in curated.rows})
    return [
        (
            [row for row in curated.rows if row.subject_id == learned],
            [row.clip_id for row in curated.rows if row.subject_id != learned],
        )
        for learned in subjects
    ]


def weights_by_fold(database: Database, curated: CuratedSet) -> list[float]:
    """The weight of the rows of each training side, which have one confidence."""
    found = [
        {row.weight for row in training} for training, _ in calibrated_splits(database, curated, splits_of(curated))
    ]
    assert [len(weights) for weights in found] == [1, 1]
    return [weights.pop() for weights in found]


def test_a_fold_weighs_by_the_judgments_of_its_training_side_alone(
    study: tuple[Workspace, Database, CuratedSet],
) -> None:
    _workspace, database, curated = study
    assert weights_by_fold(database, curated) == pytest.approx([0.9, 0.3], abs=0.05)
    assert {round(row.weight, 1) for row in curated.rows} == {0.6}  # of the final model, which learns from all


def test_held_out_clips_stay_those_of_the_split(study: tuple[Workspace, Database, CuratedSet]) -> None:
    _workspace, database, curated = study
    found = calibrated_splits(database, curated, splits_of(curated))
    assert [held_out for _, held_out in found] == [held_out for _, held_out in splits_of(curated)]


def test_judgments_after_the_set_was_made_change_no_weight_of_its_folds(
    study: tuple[Workspace, Database, CuratedSet],
) -> None:
    workspace, database, curated = study
    before = weights_by_fold(database, curated)
    with database.write() as connection:
        ben = reviewers.ensure(connection, "Ben")
        for row in curated.rows:
            other = "negative" if row.label == "positive" else "positive"
            blind = (DecisionKind.BLIND, ReviewMode.BLIND)
            decisions.record(connection, NewDecision(f"ben {row.clip_id}", row.clip_id, ben.id, *blind, other, 2))
    assert weights_by_fold(database, curated) == before
    today = plan(database, workspace.settings, RULE)
    assert {row.weight for row in today.rows} != {row.weight for row in curated.rows}


def test_a_set_that_does_not_calibrate_keeps_its_weights(study: tuple[Workspace, Database, CuratedSet]) -> None:
    workspace, database, _ = study
    plain = curate(database, workspace.settings, "plain", RULE.model_copy(update={"calibrate": False}))
    assert weights_by_fold(database, plain) == [CONFIDENCE, CONFIDENCE]


def test_each_version_of_a_labeler_is_calibrated_by_its_own_judgments(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace", modalities=["text"])
    good = add_judged(workspace, database, "a", right=36)
    bad = add_judged(workspace, database, "b", right=12, labeler=NEW_PROMPT)
    planned = [plan(database, workspace.settings, RULE)]
    with database.write() as connection:
        second = next(one for one in pseudo_labels.labelers(connection) if one.prompt_version == "2")
        labeler_choices.choose(connection, second.id or 0, None)
    planned.append(plan(database, workspace.settings, RULE))
    weight = {row.clip_id: row.weight for one in planned for row in one.rows}
    assert [weight[good[0]], weight[bad[0]]] == pytest.approx([0.9, 0.3], abs=0.05)
    assert [calibration.sentence for one in planned for calibration in one.calibrations] == [
        "Confidence of toy (toy-1, prompt 1 00000000) is calibrated by Platt scaling on 40 clips judged blind.",
        "Confidence of toy (toy-1, prompt 2 11111111) is calibrated by Platt scaling on 40 clips judged blind.",
    ]


@pytest.fixture
def with_gold(study: tuple[Workspace, Database, CuratedSet]) -> tuple[Workspace, Database, CuratedSet]:
    """Twenty positive gold clips of either subject besides, so that it matters how much the pseudo-labels weigh."""
    workspace, database, _ = study
    for subject in ("a", "b"):
        for number in range(20):
            name = f"gold {subject} {number}"
            add_clip(workspace, database, name, subject=subject, label="positive", modalities=("text",))
    return workspace, database, curate(database, workspace.settings, "with gold", RULE)


def regressed(workspace: Workspace, database: Database, curated: CuratedSet, *, calibrated: bool) -> dict[int, float]:
    """By clip id, how positive the logistic regression finds the held-out clip, with the weights of the fold or the set."""
    splits = splits_of(curated)
    statistics = gather(database, curated, workspace.settings.training).statistics
    found: dict[int, float] = {}
    for training, held_out in calibrated_splits(database, curated, splits) if calibrated else splits:
        said = logistic_on_cues(training, held_out, workspace.settings.taxonomy.names, statistics)
        found |= {clip_id: row[0] for clip_id, row in said.items()}
    return found


def test_an_evaluation_learns_from_the_weights_of_the_fold(with_gold: tuple[Workspace, Database, CuratedSet]) -> None:
    workspace, database, curated = with_gold
    evaluate_folds(workspace, database, curated.id, SilentProgress(), seeds=1, rows=("logistic",))
    stored: dict[int, float] = {}
    for path in (workspace.runs_dir / "evaluations").glob("*/predictions/logistic.*.json"):
        stored |= {int(clip_id): row[0] for clip_id, row in json.loads(path.read_text(encoding="utf-8")).items()}
    assert stored == pytest.approx(regressed(*with_gold, calibrated=True))
    assert stored != pytest.approx(regressed(*with_gold, calibrated=False), abs=1e-4)


def test_a_run_learns_from_the_weights_of_the_fold(with_gold: tuple[Workspace, Database, CuratedSet]) -> None:
    workspace, database, curated = with_gold
    unlearnt = with_training(workspace, stage1_steps=1, stage2_steps=1)
    run, folder = claim_run(
        unlearnt, database, curated_set_id=curated.id, job_id=None, settings={}, code_version="1", resume=False
    )
    try:
        prepared = prepare(RunContext(unlearnt, database, curated, run, folder, SilentProgress()))
        found = cross_validate(prepared)["logistic regression on cues"]
    finally:
        folder.close(succeeded=False)
    said = {clip_id: row[0] for clip_id, row in found.items()}
    assert said == pytest.approx(regressed(*with_gold, calibrated=True))
    assert said != pytest.approx(regressed(*with_gold, calibrated=False), abs=1e-4)


def test_a_pseudo_label_of_after_the_set_is_named(study: tuple[Workspace, Database, CuratedSet]) -> None:
    workspace, database, curated = study
    (late,) = add_judged(workspace, database, "late", right=1, of=1)
    row = replace(curated.rows[0], clip_id=late, source=LabelSource.PSEUDO)
    with database.read() as connection:
        assert curated_sets.get(connection, curated.id).rows == curated.rows
    with pytest.raises(
        TrainingError, match="1 pseudo-labels of the curated set 'set' are not of before the set was made"
    ):
        calibrated_splits(database, replace(curated, rows=(*curated.rows, row)), [])

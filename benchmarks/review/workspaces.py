"""Workspaces for the Review benchmark: a few rendered clips of the simulated cohort, and many copies of them."""

import shutil
from dataclasses import replace
from pathlib import Path

from app.jobs.kinds import WORK
from app.opened_workspace import OpenedWorkspace
from benchmarks.progress import Parts
from core.feature_store import FeatureStore
from core.types.features import FeatureKind
from core.workspace import open_workspace
from db import benchmark_copies, clips, features, reviewers
from db.engine import open_database
from training.data.curate import Rule, curate

ORIGINALS = 8
ORIGINALS_PARTS = 5  # rendering, importing, perceiving, and two labelers
REVIEWER, TRAINING_SET = "bench", "bench"
# Enough steps for the job to outlast the measurement.
_SETTINGS = """[perception]
person = "keypoint-box"
image = "hog"
text = "hashing"
[training]
folds = 2
stage1_steps = 100000
"""


def make_originals(root: Path, clip_s: float, parts: Parts) -> OpenedWorkspace:
    """A workspace of `ORIGINALS` rendered, perceived and labeled clips, with a curated set and one reviewer.

    Begins `ORIGINALS_PARTS` parts.
    """
    from core.simulation import PRESETS, sample_cohort, write_cohort

    parts.begin(f"rendering {ORIGINALS} clips")
    root.mkdir(parents=True)
    (root / "telltale.toml").write_text(_SETTINGS, encoding="utf-8")
    workspace = open_workspace(root)
    database = open_database(workspace)
    # Every clip has a gold label, so that a training job has data.
    preset = replace(PRESETS["demo"], clip_s=clip_s, gold_fraction=1.0, subjects=4, clips=ORIGINALS)
    write_cohort(sample_cohort(preset, seed=1), root / "cohort", parts)
    for what, kind, arguments in _work_on(root / "cohort"):
        parts.begin(f"{ORIGINALS} clips: {what}")
        WORK[kind](workspace, database, arguments, parts)
    curate(database, workspace.settings, TRAINING_SET, Rule())
    with database.write() as connection:
        reviewers.ensure(connection, REVIEWER)
    return OpenedWorkspace(workspace, database)


def _work_on(cohort: Path) -> tuple[tuple[str, str, dict[str, str]], ...]:
    return (
        ("importing", "import", {"folder": str(cohort)}),
        ("extracting features", "perceive", {}),
        ("labeling by the simulated labeler", "label", {"labeler": "simulated"}),
        ("labeling from cues", "label", {"labeler": "cues"}),
    )


def grow(originals: OpenedWorkspace, root: Path, wanted: int, with_features: int) -> OpenedWorkspace:
    """A copy of that workspace with `wanted` clips, the first `with_features` of which have key points of their own."""
    shutil.copytree(originals.workspace.root, root)
    workspace = open_workspace(root)
    database = open_database(workspace)
    with database.write() as connection:
        first = clips.all_ids(connection)
        benchmark_copies.copy_clips(connection, max(0, wanted - len(first)))
    store = FeatureStore(workspace.features_dir)
    with database.read() as connection:
        every = clips.page(connection, after_id=first[-1], limit=with_features)
    for index, clip in enumerate(every):
        original = first[index % len(first)]
        for kind in (FeatureKind.KEYPOINTS, FeatureKind.PERSON):
            with store.open(original, kind) as file:
                arrays = {name: file.read(name) for name in file.shapes}
                producer = file.producer
            path = store.write(clip.id, kind, arrays, producer)
            with database.write() as connection:
                features.record(connection, clip.id, kind, producer, path)
        thumbnail = workspace.media_dir / f"{original}.jpg"
        if thumbnail.is_file():
            (workspace.media_dir / f"{clip.id}.jpg").hardlink_to(thumbnail)
    return OpenedWorkspace(workspace, database)

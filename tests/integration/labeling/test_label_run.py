"""Asking a labeler about the clips of a workspace."""

import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from core.errors import InputError, JobCancelledError, SettingsError
from core.pose.cues import CATALOG
from core.progress import SilentProgress
from core.types.clips import NewClip, Split
from core.types.cues import Cue, CueCoverage, CueMeasurement
from core.types.features import FeatureKind, Producer
from core.types.pseudo_labels import ClaimCheck
from core.workspace import Workspace, open_workspace
from db import clips, cues, features, pseudo_labels
from db.engine import Database
from labeling.label_run import LabelReport, label_clips


def add(
    database: Database,
    name: str,
    *,
    smiles: int = 3,
    split: Split = Split.TRAIN,
    truth: str | None = None,
    measured: bool = True,
    blind: bool = False,
) -> int:
    """A one-minute clip in which somebody smiles so often, with everything in view unless `blind`."""
    new = NewClip(
        name=name, subject=name, split=split, video_path=None, digest=name, duration_s=60.0, frame_count=1500,
        frame_rate=Fraction(25), width_px=640, height_px=360, simulated=truth is not None, simulated_truth=truth,
        gold_label="negative" if truth is None and split is Split.TRAIN else None,
    )  # fmt: skip
    spans_s = () if blind else ((0.0, 60.0),)
    seen_s = 0.0 if blind else 60.0
    measurement = CueMeasurement(
        cues=() if blind else tuple(Cue("smile", 9.0 * place, 9.0 * place + 2, 0.9, (73,)) for place in range(smiles)),
        coverage=tuple(CueCoverage(cue, seen_s, spans_s, "nobody is there" if blind else "") for cue in CATALOG),
        duration_s=60.0,
    )
    with database.write() as connection:
        clip = clips.add(connection, new)
        if measured:
            cues.store(connection, clip.id, measurement, Producer("test", "1", ""))
    return clip.id


def label(workspace: Workspace, database: Database, labeler: str = "cues", **options: int | None) -> LabelReport:
    return label_clips(workspace, database, labeler, SilentProgress(), **options)


def test_training_clips_get_a_label_with_checked_claims(workspace: Workspace, database: Database) -> None:
    clip_id = add(database, "a")
    assert label(workspace, database).labeled == ("a",)
    with database.read() as connection:
        stored = pseudo_labels.latest_of(connection, [clip_id]).get(clip_id)
    assert stored is not None
    assert stored.labeler.name == "cues"
    assert stored.labeler.model_id == "telltale-cue-rules"
    assert stored.answer.label == "positive"
    said = [(claim.cue, claim.start_s, claim.end_s, claim.speaks_for) for claim in stored.answer.claims]
    assert said == [("smile", 0.0, 2.0, "positive"), ("smile", 9.0, 11.0, "positive")]
    assert all(claim.check is ClaimCheck.SUPPORTED and claim.check_note for claim in stored.answer.claims)


def test_the_test_split_is_never_asked(workspace: Workspace, database: Database) -> None:
    test_clip = add(database, "t", split=Split.TEST)
    add(database, "a")
    assert label(workspace, database).labeled == ("a",)
    with database.read() as connection:
        assert pseudo_labels.latest_of(connection, [test_clip]).get(test_clip) is None
    with pytest.raises(InputError, match=r"^t belongs to the test split, which no labeler may see\.$"):
        label_clips(workspace, database, "cues", SilentProgress(), clip_ids=[test_clip])


def test_a_second_run_asks_only_what_is_missing(workspace: Workspace, database: Database) -> None:
    add(database, "a")
    label(workspace, database)
    add(database, "b")
    report = label(workspace, database)
    assert report.labeled == ("b",)
    assert report.already == 1


def test_a_limit_leaves_the_rest_for_the_next_time(workspace: Workspace, database: Database) -> None:
    for name in "abc":
        add(database, name)
    first = label(workspace, database, limit=2)
    assert (first.labeled, first.left) == (("a", "b"), 1)
    assert label(workspace, database).labeled == ("c",)


def test_other_cue_weights_ask_again(workspace: Workspace, database: Database) -> None:
    add(database, "a")
    label(workspace, database)
    first, second = workspace.settings.taxonomy.labels
    taxonomy = workspace.settings.taxonomy.model_copy(
        update={"labels": (first.model_copy(update={"cue_weights": {"smile": 0.1}}), second)}
    )
    other = replace(workspace, settings=workspace.settings.model_copy(update={"taxonomy": taxonomy}))
    assert label(other, database).labeled == ("a",)


def test_a_clip_without_a_measurable_cue_is_a_recorded_failure_and_no_label(
    workspace: Workspace, database: Database
) -> None:
    blind = add(database, "blind", blind=True)
    add(database, "seen")
    report = label(workspace, database)
    assert report.labeled == ("seen",)
    assert report.failed == ("blind: no cue that speaks for a label could be measured.",)
    with database.read() as connection:
        assert pseudo_labels.latest_of(connection, [blind]).get(blind) is None
        assert [failure.clip_id for failure in pseudo_labels.failures(connection)] == [blind]


def with_keypoints(workspace: Workspace, name: str) -> Workspace:
    perception = workspace.settings.perception.model_copy(update={"keypoints": name})
    return replace(workspace, settings=workspace.settings.model_copy(update={"perception": perception}))


def add_video_alone(database: Database, name: str) -> None:
    clip_id = add(database, name, measured=False)
    with database.write() as connection:
        clips.set_video(connection, clip_id, f"{name}.mp4")


@pytest.mark.parametrize("keypoints", ["auto", "rtmw", "mediapipe", "openpose-json"])
def test_a_clip_without_video_and_key_points_is_told_to_import_them_and_not_to_be_perceived(
    workspace: Workspace, database: Database, keypoints: str
) -> None:
    add(database, "bare", measured=False)
    assert label(with_keypoints(workspace, keypoints), database).failed == (
        "bare has no key points to measure cues on; import them with --openpose.",
    )


def test_a_video_whose_key_points_are_only_imported_is_told_the_setting_that_finds_them(
    workspace: Workspace, database: Database
) -> None:
    add_video_alone(database, "bare")
    assert label(with_keypoints(workspace, "openpose-json"), database).failed == (
        "bare has no key points to measure cues on; import them with --openpose, or set perception.keypoints = auto.",
    )


def test_a_video_where_nothing_finds_key_points_is_told_what_would(
    workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_video_alone(database, "bare")
    monkeypatch.setattr(sys, "prefix", str(workspace.root))
    assert label(workspace, database).failed == (
        "bare has no key points to measure cues on; import them with --openpose, or install MediaPipe with the line that "
        "`telltale doctor` prints.",
    )


def test_a_clip_whose_key_points_would_be_estimated_is_told_to_be_perceived(
    workspace: Workspace, database: Database
) -> None:
    add_video_alone(database, "bare")
    assert label(with_keypoints(workspace, "rtmw"), database).failed == (
        "bare has no measured cues; run `telltale perceive` first.",
    )


def test_a_failure_is_asked_again_the_next_time(workspace: Workspace, database: Database) -> None:
    clip_id = add(database, "late", measured=False)
    with database.write() as connection:
        features.record(connection, clip_id, FeatureKind.KEYPOINTS, Producer("openpose-json", "1", ""), "late")
    assert label(workspace, database).failed == ("late has no measured cues; run `telltale perceive` first.",)
    coverage = tuple(CueCoverage(cue, 60.0, ((0.0, 60.0),), "") for cue in CATALOG)
    measurement = CueMeasurement((Cue("smile", 1.0, 2.0, 0.9, (73,)),), coverage, 60.0)
    with database.write() as connection:
        cues.store(connection, clip_id, measurement, Producer("test", "1", ""))
    assert label(workspace, database).labeled == ("late",)


def test_the_simulated_labeler_answers_for_simulated_clips_alone(workspace: Workspace, database: Database) -> None:
    simulated = add(database, "simulated", truth="positive")
    add(database, "real")
    report = label(workspace, database, "simulated")
    assert report.labeled == ("simulated",)
    assert report.failed == ("real is a real video; the simulated labeler answers for simulated clips alone.",)
    with database.read() as connection:
        stored = pseudo_labels.latest_of(connection, [simulated]).get(simulated)
    assert stored is not None
    assert stored.labeler.simulated


def test_the_simulated_labeler_is_as_right_as_the_settings_say_and_then_another_version(
    workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"clip {number}" for number in range(12)]
    ids = [add(database, name, truth="negative") for name in names]
    label(workspace, database, "simulated")
    for rate in ("FIRST_RIGHT", "RIGHT"):
        monkeypatch.setenv(f"TELLTALE_LABELING__SIMULATED__{rate}", "0.0")
    assert label(open_workspace(workspace.root), database, "simulated").labeled == tuple(names)
    with database.read() as connection:
        answers = [sorted(pseudo_labels.of_clip(connection, clip_id), key=lambda one: one.id) for clip_id in ids]
        counting = pseudo_labels.latest_of(connection, ids)
    assert [of_clip[-1].answer.label for of_clip in answers] == ["positive"] * 12
    assert [counting[clip_id].id for clip_id in ids] == [of_clip[0].id for of_clip in answers]  # until one is chosen


def test_rates_that_reflection_cannot_reach_are_refused(
    workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_LABELING__SIMULATED__RIGHT", "0.2")
    add(database, "a", truth="negative")
    with pytest.raises(SettingsError, match=r"^labeling\.simulated: right is 0\.2; from first_right 0\.62, reflection"):
        label(open_workspace(workspace.root), database, "simulated")


class CancelledAfter(SilentProgress):
    def __init__(self, clips_done: int) -> None:
        self.left = clips_done

    def raise_if_cancelled(self) -> None:
        if self.left == 0:
            raise JobCancelledError("cancelled")
        self.left -= 1


def test_a_cancelled_run_keeps_its_answers_and_goes_on_later(workspace: Workspace, database: Database) -> None:
    for name in "abc":
        add(database, name)
    with pytest.raises(JobCancelledError):
        label_clips(workspace, database, "cues", CancelledAfter(2))
    report = label(workspace, database)
    assert (report.labeled, report.already) == (("c",), 2)


def test_an_unknown_labeler_is_a_sentence_with_what_there_is(workspace: Workspace, database: Database) -> None:
    with pytest.raises(
        SettingsError, match=r"no labeler called 'clippy'; there are cues, simulated, gemini, openai\.$"
    ):
        label(workspace, database, "clippy")


class _AnotherRun:
    """A progress that lets another run label everything when the first clip is under way."""

    def __init__(self, workspace: Workspace, database: Database) -> None:
        self._opened = workspace, database
        self.reports: list[LabelReport] = []

    def report(self, fraction: float, message: str) -> None:
        if not self.reports:
            self.reports.append(label(*self._opened))

    def raise_if_cancelled(self) -> None:
        """Nobody cancels."""


def test_of_two_runs_of_the_rules_at_once_the_first_answer_is_stored(workspace: Workspace, database: Database) -> None:
    for name in "abc":
        add(database, name)
    other = _AnotherRun(workspace, database)
    report = label_clips(workspace, database, "cues", other)
    assert [len(one.labeled) for one in other.reports] == [3]
    assert (report.labeled, report.already, report.left, report.elsewhere) == ((), 3, 0, 0)

"""The bench of movements: what is planned, kept, counted, compared and said."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks.movements import bench as bench_module
from benchmarks.movements.bench import MovementOptions, bench_movements
from benchmarks.movements.cells import Cell, of_share
from benchmarks.movements.figures import difference, figure
from benchmarks.movements.plan import groups, planned
from benchmarks.movements.pool import Limit
from benchmarks.movements.sets import Task, read_folder
from benchmarks.progress import Parts
from benchmarks.result_row import BenchRow
from core.errors import InputError, JobCancelledError, TrainingError
from core.pose.keypoints import KeypointTrack
from core.progress import Progress
from tests.fakes.movement_sets import waves, write_set
from training.peers.interface import FittedPeer, LabeledClips, Scores


@dataclass(frozen=True)
class Guesser:
    """Right about the share of clips that its seed draws; notes what it is fitted on."""

    name: str = "PoseMLP"
    right: float = 0.9
    seeded: bool = True
    parameters: int = 7
    remark: str = ""

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:
        progress.report(1, "guessing")
        FITS.append((self.name, len(training.labels), seed))
        return _Guess(self, len(training.classes), seed)


@dataclass(frozen=True)
class _Guess:
    peer: Guesser
    classes: int
    seed: int

    @property
    def parameters(self) -> int:
        return self.peer.parameters

    @property
    def remark(self) -> str:
        return self.peer.remark

    def scores(self, tracks: Sequence[KeypointTrack]) -> Scores:
        random = np.random.default_rng(self.seed)
        said = []
        for track in tracks:
            truth = TRUTH[track.points.tobytes()]
            said.append(truth if random.random() < self.peer.right else (truth + 1) % self.classes)
        return np.eye(self.classes)[said]


@dataclass(frozen=True)
class Refuser:
    name: str = "cue rates"
    seeded: bool = False

    def fit(self, training: LabeledClips, *, seed: int, progress: Progress) -> FittedPeer:
        raise TrainingError("36 of 36 clips are too short for cues")


FITS: list[tuple[str, int, int]] = []
TRUTH: dict[bytes, int] = {}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    arrays = waves(people=12, each=1)
    FITS.clear()
    classes = sorted(set(arrays["label"]))
    for place, label in enumerate(arrays["label"]):
        points = arrays["points"][arrays["start"][place] : arrays["start"][place + 1]]
        TRUTH[points.tobytes()] = classes.index(label)
    return write_set(tmp_path, **arrays).parent


def benched(folder: Path, *peers: object, **changes: object) -> tuple[dict[str, BenchRow], list[str]]:
    options = MovementOptions(folder, folder / "done.jsonl", seeds=2, shares=(1.0, 0.3), processes=1)
    options = dataclasses.replace(options, **changes)
    named = {peer.name: peer for peer in peers}  # type: ignore[attr-defined]
    told: list[str] = []
    rows = bench_movements(options, Parts(lambda _line: None), told, peers=named, graphs={})
    return {row.what: row for row in rows}, told


def task_of(folder: Path) -> Task:
    return read_folder(folder)[0][0]


def test_every_model_has_its_metric_its_costs_and_ours_is_compared_with_the_best(folder: Path) -> None:
    rows, _ = benched(folder, Guesser(right=0.95), Guesser("linear", 0.6, seeded=False), Guesser("majority", 0.3))
    assert rows["waves, wave: PoseMLP, all labels"].unit.startswith("balanced accuracy (95 % over people: 0.")
    assert "2 seeds" in rows["waves, wave: PoseMLP, 30% of the labels"].unit
    assert "1 seed)" in rows["waves, wave: linear, all labels"].unit
    assert rows["waves, wave: PoseMLP, parameters"].value == 7
    compared = rows["waves, wave: PoseMLP against the best other row (linear)"]
    ours, theirs = (rows[f"waves, wave: {name}, all labels"].value for name in ("PoseMLP", "linear"))
    assert compared.value == pytest.approx(ours - theirs)
    assert compared.holds


def test_it_does_not_hold_where_the_interval_of_the_difference_stays_below_nought(folder: Path) -> None:
    rows, _ = benched(folder, Guesser(right=0.2), Guesser("linear", 1.0))
    assert rows["waves, wave: PoseMLP against the best other row (linear)"].holds is False


def test_a_row_that_was_not_run_says_so(folder: Path) -> None:
    rows, _ = benched(folder, Guesser(), Refuser())
    row = rows["waves, wave: cue rates, all labels"]
    assert (row.value, row.unit) == (None, "not run: 36 of 36 clips are too short for cues")


def test_a_model_that_has_not_learned_says_so_in_its_row(folder: Path) -> None:
    rows, _ = benched(folder, Guesser(), Guesser("DD-Net", remark="it has not learned: 0.5 of its own clips are right"))
    assert rows["waves, wave: DD-Net, all labels"].unit.endswith(
        "in 6 of 6 fits it has not learned: 0.5 of its own clips are right"
    )


def test_finished_fits_are_not_made_again_and_give_the_same_rows(folder: Path) -> None:
    first = benched(folder, Guesser(right=0.7), Guesser("linear", 0.6))
    made = len(FITS)
    assert benched(folder, Guesser(right=0.7), Guesser("linear", 0.6)) == first
    assert len(FITS) == made


def test_a_bench_killed_in_the_middle_of_a_line_goes_on_at_that_fit(folder: Path) -> None:
    whole = benched(folder, Guesser(right=0.7), Guesser("linear", 0.6))
    path = folder / "done.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4]) + lines[4][:30])
    FITS.clear()
    again = benched(folder, Guesser(right=0.7), Guesser("linear", 0.6))
    assert {
        what: (row.value, row.holds) for what, row in again[0].items() if row.unit not in ("s a fit", "ms a clip")
    } == {what: (row.value, row.holds) for what, row in whole[0].items() if row.unit not in ("s a fit", "ms a clip")}
    assert len(FITS) == len(lines) - 4
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_fits_of_other_clips_or_settings_do_not_count(folder: Path) -> None:
    benched(folder, Guesser(right=0.7))
    made = len(FITS)
    benched(folder, Guesser(right=0.8))
    assert len(FITS) == 2 * made


def test_a_file_that_is_not_ours_is_refused_and_left_alone(folder: Path) -> None:
    (folder / "done.jsonl").write_text("minutes of a meeting\n")
    with pytest.raises(InputError, match=r"holds what no bench of movements wrote; give another --results"):
        benched(folder, Guesser())
    assert (folder / "done.jsonl").read_text() == "minutes of a meeting\n"


def test_a_share_of_the_labels_is_of_the_training_side_and_has_every_label(folder: Path) -> None:
    task = task_of(folder)
    training, _ = task.fits[0]
    kept = of_share(task.clips.labels, training, 0.3, seed=1)
    assert set(kept) <= set(training)
    assert len(kept) == pytest.approx(0.3 * len(training), abs=2)
    assert set(task.clips.labels[kept]) == {0, 1, 2}
    assert len(of_share(task.clips.labels, training, 0.001, seed=1)) == 3


def test_what_does_not_fit_into_the_time_is_named_beforehand_and_one_seed_of_everything_comes_first(
    folder: Path,
) -> None:
    task, peers = task_of(folder), {"PoseMLP": Guesser(), "DD-Net": Guesser("DD-Net")}
    fit_s = {(task.title, "PoseMLP"): 1.0, (task.title, "DD-Net"): 10.0}
    wanted = groups([task], peers, 3, (1.0, 0.1))
    plan = planned(wanted, fit_s, {}, seconds=100.0, processes=1)
    assert plan.seconds <= 100
    assert {cell.model for cell in plan.cells[:6]} == {"PoseMLP", "DD-Net"}
    assert plan.dropped == (
        "waves, wave, DD-Net, all labels: 2 seeds are not run, as the time does not suffice.",
        "waves, wave, DD-Net, 10% of the labels: 2 seeds are not run, as the time does not suffice.",
    )
    assert sum(cell.model == "PoseMLP" for cell in plan.cells) == 18


def test_one_seed_with_all_labels_is_run_whatever_it_takes(folder: Path) -> None:
    task, peers = task_of(folder), {"PoseMLP": Guesser()}
    plan = planned(
        groups([task], peers, 2, (1.0, 0.1)), {(task.title, "PoseMLP"): 1000.0}, {}, seconds=60.0, processes=2
    )
    assert {(cell.seed, cell.share) for cell in plan.cells} == {(0, 1.0)}
    assert plan.seconds == 3 * 1000 / 2


def test_the_time_that_is_promised_is_that_of_the_fits(folder: Path) -> None:
    task = task_of(folder)
    plan = planned(
        groups([task], {"PoseMLP": Guesser()}, 1, (1.0,)), {(task.title, "PoseMLP"): 8.0}, {}, seconds=1e4, processes=2
    )
    assert plan.seconds == 3 * 8.0 / 2
    finished = {Cell(task.title, "PoseMLP", 1.0, 0, 0): object()}
    less = planned(
        groups([task], {"PoseMLP": Guesser()}, 1, (1.0,)),
        {(task.title, "PoseMLP"): 8.0},
        finished,
        seconds=1e4,
        processes=2,
    )
    assert less.seconds == 2 * 8.0 / 2


def test_graph_networks_run_on_the_sets_that_are_asked_for_alone(folder: Path) -> None:
    options = MovementOptions(
        folder, folder / "done.jsonl", seeds=1, shares=(1.0,), processes=1, graph_networks=("waves",)
    )
    slow = {"ST-GCN": Guesser("ST-GCN", 0.5)}
    rows = bench_movements(options, Parts(lambda _line: None), [], peers={"PoseMLP": Guesser()}, graphs=slow)
    assert any(row.what == "waves, wave: ST-GCN, all labels" for row in rows)
    with pytest.raises(InputError, match=r"--graph-networks: there is no set 'dance'; there are waves"):
        bench_movements(dataclasses.replace(options, graph_networks=("dance",)), Parts(lambda _line: None), [])


def test_a_folder_of_sets_that_are_all_left_out_is_refused_with_their_sentences(tmp_path: Path) -> None:
    write_set(tmp_path, **waves(label=np.array(["wave"] * 36)))
    with pytest.raises(
        InputError, match=r"has no set to measure\. waves, wave is left out: every clip is labeled 'wave'"
    ):
        benched(tmp_path, Guesser())


def test_a_label_that_was_not_taught_counts_as_wrong(folder: Path) -> None:
    task = task_of(folder)
    places = np.concatenate([test for _, test in task.fits])
    said = task.clips.labels[places].copy()
    said[said == 2] = 0
    found = figure(task, [[(places, said)]])
    assert found.value == pytest.approx(2 / 3)


def test_seeds_are_averaged_and_a_difference_is_over_the_same_people(folder: Path) -> None:
    task = task_of(folder)
    places = np.concatenate([test for _, test in task.fits])
    truth = task.clips.labels[places]
    wrong = (truth + 1) % 3
    right_half = np.where(task.clips.subjects[places] % 2 == 0, truth, wrong)
    found = figure(task, [[(places, truth)], [(places, wrong)]])
    assert found.value == pytest.approx(0.5)
    same = difference(task, [[(places, right_half)]], [[(places, right_half)]])
    assert same.value == 0
    behind = difference(task, [[(places, right_half)]], [[(places, truth)]])
    assert behind.value == pytest.approx(-0.5)
    assert behind.low is not None
    assert behind.high is not None
    assert behind.low < -0.5 < behind.high < 0


def test_a_pilot_fit_is_ended_and_extrapolated_without_what_comes_once() -> None:
    now = [100.0]
    limit = Limit(20, clock=lambda: now[0])
    now[0] = 130.0  # reading its clips
    limit.raise_if_cancelled()
    limit.report(0.0, "step 1")
    limit.raise_if_cancelled()
    now[0] = 132.0
    limit.report(0.1, "step 11")
    with pytest.raises(JobCancelledError):
        limit.raise_if_cancelled()
    assert limit.whole_s() == 30 + 20


def test_the_bench_is_told_how_long_it_takes_before_it_begins() -> None:
    assert bench_module.in_words(20) == "about 1 min"
    assert bench_module.in_words(3000) == "about 50 min"
    assert bench_module.in_words(7000) == "about 1.9 h"

"""Every page under Streamlit's own test runner, on an empty and on a small workspace."""

import html
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

import app
from app.opened_workspace import OpenedWorkspace, _open, opened_workspace
from app.queries.clip_filters import Filters
from app.queries.run_comparison import side_by_side
from app.queries.saved_filters import save
from core.types.clips import NewClip, Split
from core.types.cues import BodyRegion
from core.types.decisions import DecisionKind, NewDecision, ReviewMode, Seen
from core.types.features import FeatureKind, Producer
from core.types.pseudo_labels import Claim, ClaimCheck, Labeler, LabelerAnswer
from core.types.runs import Prediction
from db import clips, decisions, disclosures, features, jobs, pseudo_labels, reviewers, runs, tables
from training.evaluation.evaluation_folder import evaluation_folder
from training.runs.run_folder import MODEL_FILES, packed_model

SCRIPT = str(Path(app.__file__).parent / "shell" / "navigation.py")
PAGES = ("overview", "review", "library", "pseudo_labels", "train", "reviewers", "settings")
CUES = Labeler(name="cues", model_id="rules", prompt_version="1", prompt_digest="d" * 64)
METRIC = {"value": 0.7, "low": 0.5, "high": 0.9}


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(tmp_path / "study"))
    opened = opened_workspace()
    yield opened
    opened.database.dispose()


@pytest.fixture(scope="module")
def made_small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six clips of three people, two of them with gold; labeled, one judged."""
    opened = opened_workspace(tmp_path_factory.mktemp("small") / "study")
    producer = Producer("test", "1", "e" * 64)
    with opened.database.write() as connection:
        for number in range(6):
            clip = clips.add(
                connection,
                NewClip(
                    name=f"clip{number}",
                    subject=f"person{number // 2}",
                    split=Split.TEST if number > 3 else Split.TRAIN,
                    video_path=None,
                    digest=f"{number:064x}",
                    duration_s=30.0,
                    frame_count=750,
                    frame_rate=Fraction(25),
                    width_px=640,
                    height_px=360,
                    transcript="we fought <b>hard</b>",
                    gold_label="positive" if number in {0, 1} else None,
                    simulated=True,
                    simulated_truth="positive",
                ),
            )
            features.record(connection, clip.id, FeatureKind.KEYPOINTS, producer, f"keypoints/{clip.id}.safetensors")
            if clip.split is Split.TRAIN:
                label = "negative" if number % 2 else "positive"
                pseudo_labels.store(connection, clip.id, CUES, "s" * 64, answer(label))
        ada = reviewers.ensure(connection, "Ada")
        for kind, mode in ((DecisionKind.BLIND, ReviewMode.BLIND), (DecisionKind.CORRECT, ReviewMode.BLIND)):
            decisions.record(
                connection,
                NewDecision(
                    token=f"token-{kind}",
                    clip_id=3,
                    reviewer_id=ada.id,
                    kind=kind,
                    mode=mode,
                    label="negative",
                    rater_confidence=2,
                ),
            )
    opened.database.dispose()
    return opened.workspace.root


def answer(label: str) -> LabelerAnswer:
    claim = Claim(1.0, 2.0, "smile", BodyRegion.FACE, "She smiles.", label, 0.5, check=ClaimCheck.SUPPORTED)
    return LabelerAnswer("positive", 0.6, "first", label, 0.8, "then", (claim,))


@pytest.fixture(scope="module")
def made_trained(made_small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small workspace with two finished runs."""
    from training.data.curate import Rule, curate

    small = opened_workspace(shutil.copytree(made_small, tmp_path_factory.mktemp("trained") / "study"))
    curated = curate(small.database, small.workspace.settings, "first", Rule())
    metrics = {
        "table": [
            {
                "name": name,
                "n": 4,
                **dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "auroc", "ece"), METRIC),
            }
            for name in ("majority", "logistic regression on cues", "fusion")
        ],
        "labels": ["positive", "negative"],
        "scored_against": {"gold": 2},
        "scored_sentence": "2 of 4 held-out clips were scored.",
        "confusion": [[2, 0], [1, 1]],
        "best_possible": {"balanced_accuracy": 0.84},
        "flips": None,
        "selection": {"selected": True, "sentence": "The first finished run is the current one."},
    }
    flip = {"clip_id": 1, "before": "negative", "after": "positive", "trusted": "positive"}
    flips = {"against_run": 1, "clips": [flip], "fixed": 1, "regressed": 0}
    for number in range(2):
        with small.database.write() as connection:
            run = runs.start(
                connection,
                curated_set_id=curated.id,
                job_id=None,
                settings={"folds": 2},
                code_version="v1",
                artifacts_path=f"runs/{number}",
            )
            sure = (0.9, 0.1) if number else (0.1, 0.9)
            said = "positive" if number else "negative"
            runs.store_predictions(connection, [Prediction(run.id, clip_id, 0, sure, said) for clip_id in (1, 2, 3, 4)])
            runs.finish(connection, run.id, {**metrics, "flips": flips} if number else metrics)
            runs.select(connection, run.id)
    small.database.dispose()
    return small.workspace.root


@pytest.fixture
def small(made_small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    yield from copied(made_small, tmp_path, monkeypatch)


@pytest.fixture
def trained(made_trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    yield from copied(made_trained, tmp_path, monkeypatch)


def copied(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenedWorkspace]:
    """A copy of the workspace, beside settings that a test has written there; the pages show it."""
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(shutil.copytree(made, tmp_path / "study", dirs_exist_ok=True)))
    opened = opened_workspace()
    yield opened
    opened.database.dispose()


def opened_page(name: str, reviewer_id: int | None = 1) -> AppTest:
    test = AppTest.from_file(SCRIPT, default_timeout=30)
    if reviewer_id is not None:
        test.session_state["reviewer_id"] = reviewer_id
    test.run()
    return test if name == "overview" else test.switch_page(f"../pages/{name}.py").run()


def words(test: AppTest) -> str:
    """All text of the main part of the page."""
    return " ".join(str(getattr(element, "value", "")) + str(getattr(element, "body", "")) for element in test.main)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_on_an_empty_workspace_says_what_to_do(name: str, empty: OpenedWorkspace) -> None:
    test = opened_page(name)
    assert not test.exception
    assert not test.error
    if name != "settings":
        assert "telltale import DIR" in words(test)
        assert str(empty.workspace.root) in words(test)


@pytest.mark.parametrize("name", [page for page in PAGES if page != "review"])
def test_a_page_on_a_small_workspace_shows_no_error(name: str, small: OpenedWorkspace) -> None:
    test = opened_page(name)
    assert not test.exception
    assert not test.error


@pytest.mark.parametrize("name", [page for page in PAGES if page != "review"])
def test_a_page_after_training_shows_no_error(name: str, trained: OpenedWorkspace) -> None:
    test = opened_page(name)
    assert not test.exception
    assert not test.error


@pytest.mark.parametrize("name", ["overview", "train"])
def test_a_page_says_where_results_will_stand_while_the_first_training_runs(name: str, small: OpenedWorkspace) -> None:
    with small.database.write() as connection:
        job = jobs.enqueue(connection, "train", {})
        jobs.spawned(connection, job.id, os.getpid())
    assert "The first training is under way; its results will stand here." in words(opened_page(name))


@pytest.mark.parametrize("name", ["overview", "library", "pseudo_labels", "train"])
def test_simulated_data_is_called_so(name: str, small: OpenedWorkspace) -> None:
    assert "simulated data" in words(opened_page(name))


def test_without_a_reviewer_the_review_page_asks_who_reviews(empty: OpenedWorkspace) -> None:
    with empty.database.write() as connection:
        clips.add(connection, NewClip("a", "p", Split.TRAIN, None, "0" * 64, 1.0, 25, Fraction(25), 64, 64))
    assert "Who reviews?" in words(opened_page("review"))


def test_a_reviewer_made_in_the_sidebar_is_chosen(empty: OpenedWorkspace) -> None:
    test = opened_page("overview")
    test.sidebar.text_input[0].input("Grace")
    test.sidebar.button[0].click().run()
    with empty.database.read() as connection:
        (grace,) = reviewers.all(connection)
    assert (grace.name, test.sidebar.selectbox[0].value) == ("Grace", grace.id)


def test_the_library_narrows_to_a_split(small: OpenedWorkspace) -> None:
    test = opened_page("library")
    assert len(test.dataframe[0].value) == 6
    test.selectbox(key="library-split").select(Split.TEST).run()
    assert list(test.dataframe[0].value["clip"]) == ["clip4", "clip5"]


def test_the_library_narrows_by_a_saved_filter_and_what_is_set_beside_it(small: OpenedWorkspace) -> None:
    save(small.workspace, "the test ones", Filters(split=Split.TEST))
    test = opened_page("library")
    test.selectbox(key="library-saved").select("the test ones").run()
    assert set(test.dataframe[0].value["split"]) == {"test"}
    test.selectbox(key="library-split").select(Split.TRAIN).run()
    assert set(test.dataframe[0].value["split"]) == {"train"}


def test_the_library_tells_totals_of_what_it_lists_and_why_the_rest_is_hidden(small: OpenedWorkspace) -> None:
    test = opened_page("library")
    assert "6 of 6 clips · the 1 whose label you may see: 1 Negative (lost)" in words(test)
    assert "3 clips are waiting for yours here. 2 clips of the test split show no pseudo-label" in words(test)
    test.selectbox(key="library-judged-by").select("Ada").run()
    assert list(test.dataframe[0].value["clip"]) == ["clip2"]
    assert "1 of 6 clips · 1 Negative (lost)" in words(test)


def test_another_reviewer_leaves_the_clip_that_was_open_and_finds_an_empty_field_for_a_new_one(
    small: OpenedWorkspace,
) -> None:
    test = opened_page("library")
    for name, value in {"queue": "unclear", "clip": "3", "t": "1.5", "library-state": "imported"}.items():
        test.query_params[name] = value
    test.sidebar.text_input[0].input("Ben")
    test.sidebar.button[0].click().run()
    assert test.sidebar.selectbox[0].value == 2
    assert test.sidebar.text_input[0].value == ""
    assert set(test.query_params) == {"library-state"}
    test.query_params["clip"] = "3"
    test.sidebar.selectbox[0].select(1).run()
    assert set(test.query_params) == {"library-state"}


def test_even_the_only_reviewer_is_asked_for_by_a_browser_that_remembers_nobody(small: OpenedWorkspace) -> None:
    test = opened_page("review", reviewer_id=None)
    assert "Who reviews?" in words(test)
    assert test.sidebar.selectbox[0].value is None


@pytest.mark.parametrize("mode", ReviewMode)
def test_nobody_chosen_is_shown_no_label_in_lists(small: OpenedWorkspace, mode: ReviewMode) -> None:
    (small.workspace.root / "telltale.toml").write_text(f'[review]\nmode = "{mode.value}"\n', encoding="utf-8")
    _open.cache_clear()
    test = opened_page("library", reviewer_id=None)
    assert set(test.dataframe[0].value["label"]) <= {"hidden", "—"}
    assert "hidden until you choose who you are in the sidebar" in words(test)


def test_the_library_narrows_to_clips_that_lack_a_kind_of_features(small: OpenedWorkspace) -> None:
    with small.database.write() as connection:
        for clip in clips.page(connection)[:4]:
            features.record(connection, clip.id, FeatureKind.IMAGE, Producer("hog", "1", "a" * 64), "image.h5")
    test = opened_page("library")
    test.selectbox(key="library-lacks").select(FeatureKind.IMAGE).run()
    assert list(test.dataframe[0].value["clip"]) == ["clip4", "clip5"]


def test_the_library_hides_labels_of_clips_that_this_reviewer_has_not_judged(small: OpenedWorkspace) -> None:
    shown = opened_page("library").dataframe[0].value.set_index("clip")
    assert shown.loc["clip0", ["label", "pseudo-label"]].tolist() == ["hidden"] * 2
    assert shown.loc["clip2", "label"] == "Negative (lost)"  # judged by Ada, who is chosen


def test_the_reliability_sample_stays_hidden_even_where_answers_are_shown(small: OpenedWorkspace) -> None:
    with small.database.write() as connection:
        sampled = NewClip(
            "sampled", "x", Split.TRAIN, None, "a" * 64, 1.0, 25, Fraction(25), 64, 64, reliability_sample=True
        )
        clip = clips.add(connection, sampled)
        pseudo_labels.store(connection, clip.id, CUES, "s" * 64, answer("positive"))
    test = opened_page("library")
    test.toggle(key="spoil").set_value(True).run()
    shown = test.dataframe[0].value.set_index("clip")
    assert shown.loc["clip0", "pseudo-label"] == "Positive (won)"
    assert shown.loc["sampled", "pseudo-label"] == "hidden"


def _seen_by_ada(opened: OpenedWorkspace, name: str) -> frozenset[Seen]:
    with opened.database.read() as connection:
        (ada,) = reviewers.all(connection)
        clip = next(clip for clip in clips.page(connection) if clip.name == name)
        return disclosures.of_clip(connection, clip.id, ada.id)


def test_what_the_library_shows_before_judging_is_kept_for_the_answer(small: OpenedWorkspace) -> None:
    test = opened_page("library")
    assert _seen_by_ada(small, "clip0") == frozenset()
    test.toggle(key="spoil").set_value(True).run()
    assert _seen_by_ada(small, "clip0") == frozenset({Seen.ANSWERS, Seen.RATIONALE})  # its label is gold


def test_a_clip_that_a_filter_by_label_leaves_out_is_told_of_as_much_as_one_that_it_lists(
    small: OpenedWorkspace,
) -> None:
    test = opened_page("library")
    test.text_input(key="library-search").input("no such words").run()
    test.toggle(key="spoil").set_value(True).run()
    assert _seen_by_ada(small, "clip3") == frozenset()
    test.selectbox(key="library-label").select("positive")
    test.text_input(key="library-search").input("clip3").run()
    assert "No clip fits these filters" in words(test)
    assert _seen_by_ada(small, "clip3") == frozenset({Seen.RATIONALE})


def _bulk_panel(test: AppTest, **chosen: object) -> AppTest:
    for key, value in {"bulk-open": True, **{f"bulk-{name}": value for name, value in chosen.items()}}.items():
        test.session_state[key] = value
    return test.run()


def test_a_bulk_accept_tells_no_label_before_answers_are_shown(small: OpenedWorkspace) -> None:
    test = _bulk_panel(opened_page("library"), confidence=0.0)
    assert "would be accepted**." in words(test)
    assert not [box for box in test.selectbox if box.key == "bulk-label"]
    assert "By label only where answers are shown before judging" in words(test)
    assert all(column.children for column in test.columns), "a field that is not shown leaves no room"


def test_the_label_that_a_bulk_accept_tells_is_kept_for_the_answer(small: OpenedWorkspace) -> None:
    test = opened_page("library")
    test.session_state["library-map"] = {"selection": {"points": [{"customdata": [4]}]}}
    test.text_input(key="library-search").input("no such words").run()  # so that the list shows no clip
    assert _seen_by_ada(small, "clip3") == frozenset()
    test.toggle(key="spoil").set_value(True).run()
    test = _bulk_panel(test, confidence=0.0, label="negative")
    assert "1 clip would be accepted" in words(test)
    assert Seen.RATIONALE in _seen_by_ada(small, "clip3")


def test_what_the_train_page_shows_before_judging_is_kept_for_the_answer(trained: OpenedWorkspace) -> None:
    test = opened_page("train")
    next(toggle for toggle in test.toggle if toggle.label.startswith("Every clip")).set_value(True).run()
    assert _seen_by_ada(trained, "clip3") == frozenset()
    test.toggle(key="spoil").set_value(True).run()
    assert Seen.RATIONALE in _seen_by_ada(trained, "clip3")


def test_without_a_reviewer_no_answer_is_shown_before_judging(small: OpenedWorkspace) -> None:
    with small.database.write() as connection:
        reviewers.ensure(connection, "Grace")  # of two, nobody is chosen by itself
    test = opened_page("library")
    test.session_state["reviewer_id"] = None
    test.toggle(key="spoil").set_value(True).run()
    shown = test.dataframe[0].value.set_index("clip")
    assert shown.loc["clip0", "pseudo-label"] == "hidden"


def test_the_library_says_so_when_nothing_fits(small: OpenedWorkspace) -> None:
    test = opened_page("library")
    test.text_input(key="library-search").input("no such words").run()
    assert "No clip fits these filters" in words(test)


def test_the_train_page_compares_with_the_run_before(trained: OpenedWorkspace) -> None:
    test = opened_page("train")
    assert next(box for box in test.selectbox if box.label == "Compare with").value == 1
    assert "4 clips changed their label: 3 fixed, 1 regressed." in words(test)  # clip 4 by the truth of its cohort


def test_two_runs_bring_up_no_clip_of_the_reliability_sample(trained: OpenedWorkspace) -> None:
    with trained.database.write() as connection:
        connection.execute(sa.update(tables.clips).where(tables.clips.c.id == 4).values(reliability_sample=True))
    test = opened_page("train")
    (flips,) = (frame.value for frame in test.dataframe if "was" in frame.value)
    assert list(flips["clip"]) == ["clip0", "clip1", "clip2"]
    assert "4 clips changed their label" in words(test)
    assert "1 of the reliability sample, which stays a random one, is not listed." in words(test)


def test_the_train_page_says_below_its_table_what_it_shows(trained: OpenedWorkspace) -> None:
    metrics = {
        "labels": ["positive", "negative"],
        "confusion": [[2, 0], [1, 1]],
        "scored_sentence": "4 of 4 held-out clips were scored.",
        "table": [
            {"name": name, "n": 4, "subjects": 2, "balanced_accuracy": METRIC} for name in ("cue rates alone", "fusion")
        ],
        "pairs": [{"a": "fusion", "b": "cue rates alone", "n": 4, "difference": METRIC, "p": 0.4}],
    }
    with trained.database.write() as connection:
        curated_id = max(runs.all(connection), key=lambda run: run.id).curated_set_id
        run = runs.start(connection, curated_set_id=curated_id, job_id=None, settings={}, code_version="v1")
        runs.finish(connection, run.id, metrics)
    test = opened_page("train")
    assert not test.exception
    said = " ".join(one.proto.body for one in test.get("html"))
    assert (
        "4 of 4 held-out clips were scored. Fusion is not shown to be better than cue rates alone (balanced accuracy, adjusted "
        "p under 0.05; 4 clips of 2 subjects). Intervals over 2 subjects cannot be trusted."
    ) in said


def test_two_runs_stand_side_by_side(trained: OpenedWorkspace) -> None:
    with trained.database.read() as connection:
        first, second = sorted(runs.all(connection), key=lambda run: run.id)
    found = side_by_side(
        trained.database,
        replace(first, settings={"folds": 2, "stgcn": {"channels": 4}}),
        replace(second, settings={"folds": 3, "stgcn": {"channels": 4}}),
        trained.workspace.settings.taxonomy,
    )
    assert found.settings == (("folds", "2", "3"),)
    assert [line[1:] for line in found.metrics if line[0] == "balanced accuracy"] == [
        ("0.50 [0.00, 1.00]", "0.50 [0.00, 1.00]")  # two subjects tell nothing, and the sentence below says so
    ]
    assert "Intervals over 2 subjects cannot be trusted. ECE has no interval" in found.difference_sentence
    assert [[point.right for point in points] for points in found.points] == [[0.25], [0.75]]
    assert [(one.subject, one.first_right, one.second_right) for one in found.subjects] == [
        ("person0", 0, 2),
        ("person1", 1, 1),
    ]
    assert [(one.before, one.after) for one in found.flips] == [("negative", "positive")] * 4
    assert (found.fixed, found.regressed) == (3, 1)


def test_the_train_page_says_on_which_clips_two_runs_are_compared(trained: OpenedWorkspace) -> None:
    said = words(opened_page("train"))
    assert "Here both are scored on the 4 clips that both predicted, by the labels of today" in said
    assert "that both predicted, run 2 minus run 1 in balanced accuracy: +0.000 (95 %" in said


def test_a_finished_run_can_be_downloaded_as_its_model(trained: OpenedWorkspace) -> None:
    folder = trained.workspace.root / "runs/1"
    folder.mkdir(parents=True)
    for name in MODEL_FILES:
        (folder / name).write_bytes(name.encode())
    assert [button.label for button in opened_page("train").get("download_button")] == ["Download the model"]
    with zipfile.ZipFile(io.BytesIO(packed_model(folder, "run-2"))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"run-2/{name}": name.encode() for name in MODEL_FILES
        }


def test_the_train_page_tells_of_every_clip_why_it_is_in_or_out_and_hides_what_is_not_judged(
    trained: OpenedWorkspace,
) -> None:
    test = opened_page("train")
    next(toggle for toggle in test.toggle if toggle.label.startswith("Every clip")).set_value(True).run()
    assert not test.exception
    by_clip, by_subject = (frame.value for frame in test.dataframe[:2])
    rows = by_clip.set_index("clip")
    assert rows["in"].to_dict() == {"clip0": True, "clip1": True, "clip2": True, "clip3": False}
    assert rows.loc["clip3", "why out"] == "hidden"
    assert rows["label"].to_dict() == {"clip0": "hidden", "clip1": "hidden", "clip2": "Negative (lost)", "clip3": ""}
    assert rows.loc["clip2", "source"] == "human"
    test.toggle(key="spoil").set_value(True).run()
    shown = test.dataframe[0].value.set_index("clip")
    assert shown.loc["clip3", "why out"] == "reflection changed the pseudo-label"
    assert by_subject.to_dict("records") == [
        {"subject": "person0", "in": 2, "out": 0},
        {"subject": "person1", "in": 1, "out": 1},
    ]


def test_the_table_of_the_test_split_stands_beside_that_of_the_folds(trained: OpenedWorkspace) -> None:
    plan = {
        "protocol": "cross-subject",
        "set": "first",
        "labels": ["positive", "negative"],
        "seeds": [0],
        "tested": [5, 6],
    }
    row = {"n": 2, **dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "auroc", "ece"), METRIC)}
    with evaluation_folder(trained.workspace, plan) as folder:
        folder.finish(
            {
                "table": [{"name": name, **row} for name in ("majority", "fusion")],
                "pairs": [],
                "left_out": {},
                "folds": 1,
                "learned_from": {"clips": 4, "subjects": 2},
                "scored_subjects": 1,
                "scored_sentence": "2 of 2 held-out clips were scored.",
                "best_possible": None,
            }
        )
    test = opened_page("train")
    assert not test.exception
    assert "Every model on the test split (cross-subject), learned from the set first" in words(test)
    said = " ".join(one.proto.body for one in test.get("html"))
    assert "cross-subject: learned from 4 clips of 2 subjects, asked about 2 of 1 others, 1 seed" in said


def test_the_train_page_shows_what_correcting_bought(trained: OpenedWorkspace) -> None:
    row = {"n": 4, "rows_by_source": {}, "share_of_all_gold": 0.9, "balanced_accuracy": METRIC, "accuracy": METRIC}
    point = {"queue": "random", "hours": 0.5, "balanced_accuracy": METRIC, "share_of_all_gold": 0.9}
    plan = {
        "protocol": "conditions",
        "model": "fusion",
        "labels": ["positive", "negative"],
        "seeds": [0, 1],
        "evaluation": trained.workspace.settings.evaluation.model_dump(mode="json"),
    }
    with evaluation_folder(trained.workspace, plan) as folder:
        folder.finish(
            {
                "table": [{"name": name, **row} for name in ("gold only", "+ 1 decisions, random", "all gold")],
                "pairs": [],
                "curve": [{**point, "decisions": number} for number in (0, 1)],
                "flat_at": {"random": None},
                "simulated_human": True,
                "decidable": 2,
                "folds": 2,
                "subjects": 3,
                "scored_sentence": "4 of 4 held-out clips were scored.",
                "best_possible": None,
            }
        )
    test = opened_page("train")
    assert not test.exception
    said = " ".join(one.proto.body for one in test.get("html"))
    assert "The decisions are simulated: right in 90 % of the clips, 45 s a clip." in said
    assert "The test split has never been scored in this workspace" in said
    assert {"conditions", "decisions"} <= {chart.proto.id.rsplit("-", 1)[-1] for chart in test.get("plotly_chart")}


def test_the_train_page_says_why_a_training_would_be_refused(trained: OpenedWorkspace) -> None:
    told = [warning.value for warning in opened_page("train").warning]
    assert told == ["Training would be refused: 4 folds need at least 4 subjects, and the set has 2."]


def test_nothing_is_trained_from_the_page_while_training_would_be_refused(trained: OpenedWorkspace) -> None:
    assert next(button for button in opened_page("train").button if button.label == "Retrain").disabled


def test_a_changed_setting_is_the_next_runs_alone(trained: OpenedWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, object]] = []
    monkeypatch.setattr(
        "app.components.training.retrain_panel.refusals", lambda *_: ()
    )  # of the fixture's two subjects
    monkeypatch.setattr("app.jobs.processes._spawn", lambda workspace, job: started.append(dict(job.arguments)))
    test = opened_page("train")
    next(box for box in test.selectbox if box.label == "Fusion method").select("gated").run()
    assert 'For this run alone: fusion_method = "gated".' in html.unescape(words(test))
    next(button for button in test.button if button.label == "Retrain").click().run()
    (arguments,) = started
    assert arguments["settings"] == {"fusion_method": "gated"}
    assert arguments["expected_s"] == arguments["modeled_s"]
    assert "Training will take about" in words(test)


def test_without_a_modality_no_run_can_be_started(trained: OpenedWorkspace) -> None:
    test = opened_page("train")
    next(group for group in test.get("button_group") if group.label == "Modalities").set_value([]).run()
    assert not test.exception
    assert next(button for button in test.button if button.label == "Retrain").disabled


def test_the_train_page_names_the_settings_that_it_hides_and_that_are_not_at_their_defaults(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root = tmp_path / "study"
    root.mkdir()
    (root / "telltale.toml").write_text("[training]\nwidth = 32\nseed = 7\n")
    request.getfixturevalue("small")  # which opens the workspace
    test = opened_page("train")
    assert "1 other setting differs from its default: width = 32." in words(test)
    assert next(box for box in test.number_input if box.label == "Seed").value == 7


def test_an_older_run_can_be_made_current(trained: OpenedWorkspace) -> None:
    test = opened_page("train")
    next(box for box in test.selectbox if box.label == "Run").select(1).run()
    next(button for button in test.button if button.label == "Select run 1").click().run()
    with trained.database.read() as connection:
        current = runs.selected(connection)
    assert current is not None
    assert current.id == 1


def test_a_leak_is_told_and_blocks_the_button(small: OpenedWorkspace) -> None:
    with small.database.write() as connection:
        clips.add(
            connection,
            NewClip(
                "leak", "person0", Split.TEST, None, "f" * 64, 1.0, 25, Fraction(25), 64, 64, gold_label="positive"
            ),
        )
    test = opened_page("train")
    assert any("person0" in error.value for error in test.error)
    assert next(button for button in test.button if button.label == "Retrain").disabled


def test_labels_of_a_transcript_or_rationale_are_never_markup(small: OpenedWorkspace) -> None:
    assert "<b>hard</b>" not in words(opened_page("library"))


def test_the_pages_load_no_model_library(trained: OpenedWorkspace) -> None:
    program = f"""
import sys
from streamlit.testing.v1 import AppTest
test = AppTest.from_file({SCRIPT!r}, default_timeout=60).run()
for name in {PAGES!r}:
    test.switch_page(f"../pages/{{name}}.py").run()
import app.main
print("LOADED", sorted({{"torch", "ultralytics", "transformers", "sklearn"}} & set(sys.modules)))
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ.copy()
    )
    assert "LOADED []" in answer.stdout


def test_the_overview_loads_neither_charts_nor_tables(trained: OpenedWorkspace) -> None:
    program = f"""
import sys
from streamlit.testing.v1 import AppTest
test = AppTest.from_file({SCRIPT!r}, default_timeout=60).run()
assert "tt-forest" in " ".join(getattr(element, "body", "") for element in test.main)
print("LOADED", sorted({{"pandas", "pyarrow", "app.charts.figures"}} & set(sys.modules)))
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ.copy()
    )
    assert "LOADED []" in answer.stdout


def test_settings_names_labels_whose_colors_are_confused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "confused"
    root.mkdir()
    label = '[[taxonomy.labels]]\nname = "{0}"\ntitle = "{1}"\ncolor = "{2}"\nkey = "{3}"\n'
    told = [("anger", "Anger", "#A0522D", 1), ("calm", "Calm", "#6B6B00", 2), ("joy", "Joy", "#1C86EE", 3)]
    (root / "telltale.toml").write_text("".join(label.format(*one) for one in told))
    monkeypatch.setenv("TELLTALE_WORKSPACE", str(root))
    (warning,) = opened_page("settings").warning
    assert "colors of Anger and Calm look alike to eyes without" in warning.value
    opened_workspace().database.dispose()

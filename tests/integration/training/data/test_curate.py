"""From labels in the database to a frozen set, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import CurationError
from core.taxonomy import Label, Taxonomy
from core.types.clips import LabelSource, Split
from core.types.decisions import DecisionKind, NewDecision, ReviewMode
from core.types.pseudo_labels import ClaimCheck, LabelerAnswer
from core.types.runs import CuratedSet
from core.workspace import Workspace
from db import cues, decisions, pseudo_labels, reviewers
from db.engine import Database
from tests.integration.training.planted import (
    OTHER_MAKER,
    SMILE,
    TOY_LABELER,
    add_clip,
    add_pseudo_label,
    smiles,
    toy_workspace,
)
from training.data.curate import Rule, curate, plan


@pytest.fixture
def loop(tmp_path: Path) -> tuple[Workspace, Database]:
    """Two gold clips, three pseudo-labeled ones, one without a label."""
    workspace, database = toy_workspace(tmp_path / "workspace")
    add_clip(workspace, database, "gold-won", subject="a", label="positive")
    add_clip(workspace, database, "gold-lost", subject="b", label="negative")
    for name, label, confidence, first in (
        ("sure", "positive", 0.9, "positive"),
        ("unsure", "negative", 0.55, "negative"),
        ("changed", "negative", 0.8, "positive"),
    ):
        clip = add_clip(workspace, database, name, subject=name, label=None)
        add_pseudo_label(database, clip, label, confidence, first)
    add_clip(workspace, database, "blank", subject="c", label=None)
    return workspace, database


def names(workspace: Workspace, database: Database, rule: Rule) -> list[int]:
    return [row.clip_id for row in plan(database, workspace.settings, rule).rows]


def stored(loop: tuple[Workspace, Database], rule: Rule) -> CuratedSet:
    workspace, database = loop
    return curate(database, workspace.settings, "set", rule)


def decide(database: Database, clip_id: int, label: str, *, kind: DecisionKind, mode: ReviewMode) -> None:
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
        shown = pseudo_labels.latest_of(connection, [clip_id]).get(clip_id)
        assert shown is not None
        decision = NewDecision(f"{clip_id}-{kind}", clip_id, reviewer.id, kind, mode, label, 2, shown.id)
        decisions.record(connection, decision)


def test_weights_follow_source_and_confidence(loop: tuple[Workspace, Database]) -> None:
    rows = stored(loop, Rule(pseudo_weight=0.5, agreement_filter=False)).rows
    assert [(row.source, row.weight) for row in rows] == [
        (LabelSource.GOLD, 1.0),
        (LabelSource.GOLD, 1.0),
        (LabelSource.PSEUDO, 0.45),
        (LabelSource.PSEUDO, 0.275),
        (LabelSource.PSEUDO, 0.4),
    ]


def test_the_settings_weight_is_written_into_the_rule(loop: tuple[Workspace, Database]) -> None:
    assert stored(loop, Rule()).rule["pseudo_weight"] == loop[0].settings.training.pseudo_weight


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (Rule(), [1, 2, 3]),
        (Rule(min_confidence=0.5), [1, 2, 3, 4]),
        (Rule(agreement_filter=False), [1, 2, 3, 4, 5]),
        (Rule(sources=(LabelSource.GOLD,)), [1, 2]),
        (Rule(agreement_filter=False, min_confidence=0.6), [1, 2, 3, 5]),
        (Rule(agreement_filter=False, passes_agree=True), [1, 2, 3, 4]),
        (Rule(min_kept_claims=2), [1, 2]),
        (Rule(labeler="somebody else"), [1, 2]),
        (Rule(pseudo_weight=0), [1, 2]),
    ],
)
def test_a_rule_lets_in_what_it_says(loop: tuple[Workspace, Database], rule: Rule, kept: list[int]) -> None:
    assert names(*loop, rule) == kept


def test_a_rule_can_take_a_labeler_that_does_not_count(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    clip = add_clip(workspace, database, "beside", subject="beside", label=None)
    beside = LabelerAnswer("positive", 0.9, "", "positive", 0.9, "", claims=(SMILE,))
    with database.write() as connection:
        pseudo_labels.store(connection, clip.id, replace(TOY_LABELER, name="another"), "s", beside)
    assert clip.id not in names(workspace, database, Rule())
    assert names(workspace, database, Rule(labeler="another")) == [1, 2, clip.id]


def test_every_train_clip_is_in_or_out_for_a_reason(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    planned = plan(database, workspace.settings, Rule(agreement_filter=False, min_confidence=0.6))
    assert planned.by_reason == {"no label yet": 1, "pseudo-label below the confidence 0.6": 1}
    assert len(planned.rows) == sum(planned.by_subject.values()) == 4
    assert [(row.label, row.source) for row in planned.rows].count(("positive", LabelSource.GOLD)) == 1


def test_a_clip_of_a_hundred_thousand_frames_is_left_out_before_anything_is_fitted(
    loop: tuple[Workspace, Database],
) -> None:
    workspace, database = loop
    long = add_clip(workspace, database, "long", subject="long", label="positive", frames=100_000, modalities=())
    planned = plan(database, workspace.settings, Rule())
    assert long.id not in {row.clip_id for row in planned.rows}
    assert planned.by_reason["longer than training.max_frames (40000)"] == 1


def test_a_label_that_the_taxonomy_has_lost_is_a_problem(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    labels = (
        *workspace.settings.taxonomy.labels[:1],
        Label(name="neutral", title="Neutral", color="#333333", key="2"),
    )
    narrowed = workspace.settings.model_copy(update={"taxonomy": Taxonomy(labels=labels)})
    assert plan(database, narrowed, Rule()).problems[0] == (
        "Clips are labeled 'negative', which the taxonomy does not have; give it back, or label them anew."
    )


def test_cues_of_two_versions_are_refused(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    with database.write() as connection:
        cues.store(connection, 1, smiles(1.0, 2.4), OTHER_MAKER)
    assert plan(database, workspace.settings, Rule()).problems == (
        "The cues were measured by 2 versions: toy 1, 2 clips; other 2, 1 clips; run `telltale perceive` for all clips.",
    )


def test_the_same_rule_on_the_same_labels_has_the_same_digest(loop: tuple[Workspace, Database]) -> None:
    assert stored(loop, Rule()).digest == stored(loop, Rule()).digest
    assert stored(loop, Rule()).digest != stored(loop, Rule(min_confidence=0.5)).digest


def test_a_human_label_weighs_one_and_stands_before_the_pseudo_label(loop: tuple[Workspace, Database]) -> None:
    _, database = loop
    decide(database, 3, "negative", kind=DecisionKind.CORRECT, mode=ReviewMode.ASSISTED)
    row = stored(loop, Rule()).rows[2]
    assert (row.label, row.source, row.weight) == ("negative", LabelSource.HUMAN, 1.0)


def test_a_clip_called_unclear_is_left_out_by_that_reason(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada").id
        decisions.record(connection, NewDecision("u", 6, reviewer, DecisionKind.UNCLEAR, ReviewMode.ASSISTED))
    assert plan(database, workspace.settings, Rule(agreement_filter=False)).by_reason == {"called unclear": 1}


def test_a_bulk_accept_weighs_less_than_a_viewed_one(loop: tuple[Workspace, Database]) -> None:
    _, database = loop
    decide(database, 3, "positive", kind=DecisionKind.BULK_ACCEPT, mode=ReviewMode.ASSISTED)
    row = stored(loop, Rule(bulk_accept_weight=0.6)).rows[2]
    assert (row.source, row.weight) == (LabelSource.HUMAN, 0.6)


def test_a_bulk_accept_that_somebody_viewed_later_weighs_one(loop: tuple[Workspace, Database]) -> None:
    _, database = loop
    decide(database, 3, "positive", kind=DecisionKind.BULK_ACCEPT, mode=ReviewMode.ASSISTED)
    decide(database, 3, "positive", kind=DecisionKind.ACCEPT, mode=ReviewMode.ASSISTED)
    assert stored(loop, Rule(bulk_accept_weight=0.6)).rows[2].weight == 1.0


def judge(database: Database, who: str, clip_id: int, label: str) -> None:
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, who)
        shown = pseudo_labels.latest_of(connection, [clip_id]).get(clip_id)
        assert shown is not None
        kind = DecisionKind.ACCEPT if label == shown.answer.label else DecisionKind.CORRECT
        new = NewDecision(
            f"{who}-{clip_id}-{label}", clip_id, reviewer.id, kind, ReviewMode.ASSISTED, label, 2, shown.id
        )
        decisions.record(connection, new)


def test_where_people_differ_each_of_their_labels_has_its_share(loop: tuple[Workspace, Database]) -> None:
    _, database = loop
    for who, label in (("Ada", "positive"), ("Ben", "negative"), ("Cleo", "positive"), ("Ben", "positive")):
        judge(database, who, 3, label)
    for who, label in (("Ada", "positive"), ("Ben", "negative"), ("Cleo", "positive"), ("Dan", "negative")):
        judge(database, who, 4, label)
    agreed, divided = [row for row in stored(loop, Rule()).rows if row.clip_id in (3, 4)]
    assert agreed.soft_labels == ()
    assert divided.soft_labels == (("negative", 0.5), ("positive", 0.5))


def test_what_is_settled_has_one_label(loop: tuple[Workspace, Database]) -> None:
    _, database = loop
    judge(database, "Ada", 3, "positive")
    judge(database, "Ben", 3, "negative")
    with database.write() as connection:
        lead = reviewers.ensure(connection, "Lea")
        settled = NewDecision("settled", 3, lead.id, DecisionKind.ADJUDICATE, ReviewMode.ASSISTED, "negative")
        decisions.record(connection, settled)
    (row,) = [row for row in stored(loop, Rule()).rows if row.clip_id == 3]
    assert (row.label, row.source, row.soft_labels) == ("negative", LabelSource.ADJUDICATED, ())


def test_a_rule_may_ask_for_one_label_a_clip(loop: tuple[Workspace, Database]) -> None:
    _, database = loop
    judge(database, "Ada", 3, "positive")
    judge(database, "Ben", 3, "negative")
    (row,) = [row for row in stored(loop, Rule(soft_targets=False)).rows if row.clip_id == 3]
    assert (row.label, row.soft_labels) == ("negative", ())


def test_a_clip_called_unclear_stays_out_whatever_its_pseudo_label(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    with database.write() as connection:
        reviewer = reviewers.ensure(connection, "Ada")
        decisions.record(connection, NewDecision("unclear", 3, reviewer.id, DecisionKind.UNCLEAR, ReviewMode.ASSISTED))
    assert 3 not in names(workspace, database, Rule())


def test_a_subject_on_both_sides_of_the_test_split_is_refused_by_name(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    add_clip(workspace, database, "tested", subject="a", label="positive", split=Split.TEST)
    with pytest.raises(CurationError, match="The subject 'a' has clips in the train and in the test split"):
        stored(loop, Rule())


def test_test_clips_never_come_in(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    clip = add_clip(workspace, database, "tested", subject="z", label="positive", split=Split.TEST)
    assert clip.id not in names(workspace, database, Rule())


def test_features_of_two_producers_are_refused(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    add_clip(workspace, database, "foreign", subject="d", label="positive", maker=OTHER_MAKER)
    with pytest.raises(CurationError, match=r"The pose features come from 2 producers: toy 1 .* other 2 .*, 1 clips"):
        stored(loop, Rule())


def test_a_set_without_one_of_the_labels_is_refused(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    add_clip(workspace, database, "gold", subject="a", label="positive")
    with pytest.raises(CurationError, match="No clip in the set is labeled “Negative \\(lost\\)”"):
        curate(database, workspace.settings, "set", Rule())


def test_an_empty_set_is_refused(tmp_path: Path) -> None:
    workspace, database = toy_workspace(tmp_path / "workspace")
    with pytest.raises(CurationError, match="No clip of the train split has a label"):
        curate(database, workspace.settings, "set", Rule())


def test_the_agreement_filter_names_what_it_leaves_out(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    contradicted = replace(SMILE, check=ClaimCheck.CONTRADICTED)
    dropped = replace(SMILE, kept=False)
    for name, claims, exclusion_reason in (
        ("contradicted", (contradicted, dropped), ""),
        ("no claims", (), ""),
        ("half", (contradicted, SMILE), ""),
        ("leaking", (SMILE,), "All 2 claims that it keeps lean on what is no evidence of an emotion."),
    ):
        clip = add_clip(workspace, database, name, subject=name, label=None)
        add_pseudo_label(database, clip, "positive", 0.9, claims=claims, exclusion_reason=exclusion_reason)
    planned = plan(database, workspace.settings, Rule())
    assert planned.by_reason == {
        "no label yet": 1,
        "pseudo-label below the confidence 0.6": 1,
        "reflection changed the pseudo-label": 1,
        "no claim is left that the key points do not contradict": 2,
        "excluded by the leak alarm": 1,
    }
    assert len(names(workspace, database, Rule(include_excluded=True))) == len(planned.rows) + 1


def test_a_rule_that_was_stored_before_the_filter_still_loads() -> None:
    assert Rule.model_validate({"min_confidence": 0.0, "pseudo_weight": 0.5}).agreement_filter


def test_with_thirty_blind_judgments_weights_follow_the_calibrated_confidence(
    loop: tuple[Workspace, Database],
) -> None:
    workspace, database = loop
    uncalibrated = plan(database, workspace.settings, Rule(pseudo_weight=1.0))
    assert "is uncalibrated: 0 clips judged blind" in uncalibrated.calibrations[0].sentence
    for number in range(36):
        clip = add_clip(workspace, database, f"judged {number}", subject=f"j{number}", label=None)
        add_pseudo_label(database, clip, "positive", 0.9 - 0.01 * (number % 5))
        said = "positive" if number % 3 else "negative"  # right in two of three, where it says nine of ten
        decide(database, clip.id, said, kind=DecisionKind.BLIND, mode=ReviewMode.BLIND)
    planned = plan(database, workspace.settings, Rule(pseudo_weight=1.0))
    sure = next(row for row in planned.rows if row.clip_id == 3)
    assert planned.calibrations[0].sentence == (
        "Confidence of toy is calibrated by Platt scaling on 36 clips judged blind."
    )
    assert sure.weight == pytest.approx(2 / 3, abs=0.1)
    plain = plan(database, workspace.settings, Rule(pseudo_weight=1.0, calibrate=False))
    assert next(row for row in plain.rows if row.clip_id == 3).weight == 0.9


def test_gold_is_no_stand_in_for_blind_judgments(loop: tuple[Workspace, Database]) -> None:
    workspace, database = loop
    for number in range(40):
        clip = add_clip(workspace, database, f"gold {number}", subject=f"g{number}", label="positive")
        add_pseudo_label(database, clip, "positive", 0.9)
    planned = plan(database, workspace.settings, Rule())
    assert planned.calibrations[0].decisions == 0

"""What a drafted taxonomy changes, and that a stored name never gets another meaning."""

from dataclasses import replace

import pytest

from core.errors import SettingsError
from core.taxonomy import DEFAULT_TAXONOMY
from core.taxonomy_changes import DraftLabel, Retired, Retitled, change_of, stored_names

DRAFT = [DraftLabel(one.name, one.title, one.color, one.key, one.description) for one in DEFAULT_TAXONOMY]
POSITIVE, NEGATIVE = DEFAULT_TAXONOMY.names
NEUTRAL = DraftLabel(None, "Neutral, calm", "#808080", "3")


def test_a_title_for_the_same_class_keeps_the_stored_name_and_is_logged_with_both() -> None:
    draft = [replace(DRAFT[0], title="Relieved"), DRAFT[1]]
    change = change_of(DEFAULT_TAXONOMY, draft, stored_names(draft, (), {POSITIVE, NEGATIVE}), {})
    assert change.taxonomy.names == DEFAULT_TAXONOMY.names
    assert change.retitled == (Retitled(POSITIVE, DEFAULT_TAXONOMY.title(POSITIVE), "Relieved"),)
    assert (change.added, change.retired) == ((), ())
    assert change.taxonomy[POSITIVE].cue_weights == DEFAULT_TAXONOMY[POSITIVE].cue_weights


def test_another_class_gets_a_new_stored_name_and_the_old_one_is_retired() -> None:
    draft = [replace(DRAFT[0], title="Relieved"), DRAFT[1]]
    names = stored_names(draft, (POSITIVE,), {POSITIVE, NEGATIVE})
    change = change_of(DEFAULT_TAXONOMY, draft, names, {POSITIVE: None})
    assert change.taxonomy.names == ("relieved", NEGATIVE)
    assert change.added == (("relieved", "Relieved"),)
    assert change.retired == (Retired(POSITIVE, DEFAULT_TAXONOMY.title(POSITIVE), None),)
    assert change.taxonomy["relieved"].cue_weights == {}


def test_a_name_that_was_ever_used_is_given_to_no_new_label() -> None:
    draft = [*DRAFT, NEUTRAL, replace(NEUTRAL, title="Neutral/calm", key="4")]
    names = stored_names(draft, (), {POSITIVE, NEGATIVE, "neutral-calm"})
    assert names == (POSITIVE, NEGATIVE, "neutral-calm-2", "neutral-calm-3")


@pytest.mark.parametrize(
    ("title", "name"), [("Überrascht!", "uberrascht"), ("喜び", "label"), ("2 % sad", "label-2-sad")]
)
def test_a_stored_name_is_plain_whatever_the_title(title: str, name: str) -> None:
    assert stored_names([replace(NEUTRAL, title=title)], (), ()) == (name,)


def test_a_removed_label_becomes_what_is_said() -> None:
    draft = [DRAFT[1], NEUTRAL]
    names = stored_names(draft, (), {POSITIVE, NEGATIVE})
    change = change_of(DEFAULT_TAXONOMY, draft, names, {POSITIVE: "neutral-calm"}, unknown=("bored",))
    assert [(one.name, one.successor) for one in change.retired] == [(POSITIVE, "neutral-calm"), ("bored", None)]


def test_clips_cannot_become_a_label_that_is_not_there() -> None:
    with pytest.raises(SettingsError, match="cannot become 'positive', which is no label"):
        change_of(DEFAULT_TAXONOMY, [DRAFT[1], NEUTRAL], (NEGATIVE, "neutral-calm"), {POSITIVE: POSITIVE})


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (DRAFT[:1], "A taxonomy has 2 to 1,000 labels, not 1."),
        ([DRAFT[0], replace(DRAFT[1], key="1")], "Two labels share the key '1'."),
        ([DRAFT[0], replace(DRAFT[1], title=" ")], "Each label needs a title of at most 60 characters."),
        ([DRAFT[0], replace(DRAFT[1], key="x")], "The key of a label is a digit from 1 to 9, or none."),
        ([DRAFT[0], replace(DRAFT[1], color="red")], "A color is # with six hexadecimal digits, such as #2a78d6."),
    ],
)
def test_a_draft_that_is_no_taxonomy_is_refused_in_a_sentence(draft: list[DraftLabel], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        change_of(DEFAULT_TAXONOMY, draft, stored_names(draft, (), ()), {})
    assert str(refused.value) == sentence

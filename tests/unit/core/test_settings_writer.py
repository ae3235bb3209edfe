"""telltale.toml changed from the app: what is kept, what is refused."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings.loader import SETTINGS_FILE, load_settings
from core.settings.writer import file_version, overriding_variable, write_settings
from core.types.decisions import ReviewMode

WRITTEN = """# of the Ada study
[training]
seed = 7  # as registered

[review]
# two coders
mode = "blind"   # until May
judgments_per_clip = 2
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / SETTINGS_FILE).write_text(WRITTEN)
    return tmp_path


def test_a_changed_key_leaves_comments_order_and_other_keys_as_they_are(study: Path) -> None:
    changed = write_settings(study, {"review.mode": "assisted", "review.lease_minutes": 5.0}, read=file_version(study))
    assert changed.review.mode is ReviewMode.ASSISTED
    expected = WRITTEN.replace('"blind"', '"assisted"') + "lease_minutes = 5.0\n"
    assert (study / SETTINGS_FILE).read_text() == expected
    assert load_settings(study).model_dump() == changed.model_dump()


def test_without_a_file_one_is_made_that_holds_the_change_alone(tmp_path: Path) -> None:
    write_settings(tmp_path, {"review.repeat_share": 0.2}, read=file_version(tmp_path))
    assert (tmp_path / SETTINGS_FILE).read_text() == "[review]\nrepeat_share = 0.2\n"


def test_line_endings_of_windows_stay(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_bytes(WRITTEN.replace("\n", "\r\n").encode())
    write_settings(tmp_path, {"review.judgments_per_clip": 3}, read=file_version(tmp_path))
    expected = WRITTEN.replace("_clip = 2", "_clip = 3").replace("\n", "\r\n").encode()
    assert (tmp_path / SETTINGS_FILE).read_bytes() == expected


def test_a_link_to_a_shared_file_stays_a_link(tmp_path: Path, study: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / SETTINGS_FILE).symlink_to(study / SETTINGS_FILE)
    write_settings(linked, {"review.mode": "assisted"}, read=file_version(linked))
    assert (linked / SETTINGS_FILE).is_symlink()
    assert load_settings(study).review.mode is ReviewMode.ASSISTED


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELLTALE_REVIEW__RELIABILITY_FRACTION", "0.3"),
        ("TELLTALE_REVIEW__AUDIT_FRACTION", "0.3"),
        ("TELLTALE_REVIEW", '{"reliability_fraction": 0.3}'),
    ],
)
def test_a_key_that_a_variable_sets_is_refused_with_the_name_of_the_variable(
    study: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert overriding_variable("review.mode") is None
    with pytest.raises(SettingsError, match=f"set by the variable {variable}, which counts before"):
        write_settings(study, {"review.reliability_fraction": 0.2}, read=file_version(study))
    assert (study / SETTINGS_FILE).read_text() == WRITTEN


def test_a_file_that_was_changed_since_it_was_read_is_left_as_it_is(study: Path) -> None:
    read = file_version(study)
    other = WRITTEN.replace("seed = 7", "seed = 8")
    (study / SETTINGS_FILE).write_text(other)
    with pytest.raises(SettingsError, match="was changed since it was read; nothing is written"):
        write_settings(study, {"review.mode": "assisted"}, read=read)
    assert (study / SETTINGS_FILE).read_text() == other


def test_a_value_outside_its_range_is_refused_before_anything_is_written(study: Path) -> None:
    with pytest.raises(SettingsError, match=r"review\.judgments_per_clip: Input should be less than or equal to 20"):
        write_settings(study, {"review.judgments_per_clip": 99}, read=file_version(study))
    assert (study / SETTINGS_FILE).read_text() == WRITTEN


def test_a_file_that_is_no_toml_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text("[review\n")
    with pytest.raises(SettingsError, match=r"telltale\.toml is not valid TOML"):
        write_settings(tmp_path, {"review.mode": "assisted"}, read=file_version(tmp_path))


def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).mkdir()
    with pytest.raises(SettingsError, match=r"telltale\.toml cannot be read: Is a directory"):
        file_version(tmp_path)


def test_dotted_keys_and_inline_tables_are_changed_too(tmp_path: Path) -> None:
    for text in ('review.mode = "blind"\n', 'review = {mode = "blind"}\n'):
        (tmp_path / SETTINGS_FILE).write_text(text)
        changed = write_settings(tmp_path, {"review.judgments_per_clip": 3}, read=file_version(tmp_path))
        assert (changed.review.mode, changed.review.judgments_per_clip) == (ReviewMode.BLIND, 3)


LABELS = """[taxonomy]
# agreed in May
[[taxonomy.labels]]
name = "calm"
title = "Calm"   # as in the protocol
color = "#008300"
key = "1"

[taxonomy.labels.cue_weights]
"smile" = 0.4  # of the pilot

[[taxonomy.labels]]
name = "tense"
title = "Tense"
color = "#cb4a8a"
key = "2"

[review]
mode = "assisted"
"""


def test_labels_that_stay_keep_their_comments_and_weights_in_a_new_order(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text(LABELS)
    calm, tense = (
        {"name": n, "title": n.title(), "color": c, "key": k}
        for n, c, k in (("calm", "#008300", "1"), ("tense", "#cb4a8a", "3"))
    )
    bored = {"name": "bored", "title": "Bored", "color": "#808080", "key": "2"}
    labels = [tense, {**calm, "title": "At ease", "cue_weights": {"smile": 0.4}}, bored]
    changed = write_settings(tmp_path, {"taxonomy.labels": labels}, read=file_version(tmp_path))
    assert changed.taxonomy.names == ("tense", "calm", "bored")
    assert changed.taxonomy["calm"].cue_weights == {"smile": 0.4}
    text = (tmp_path / SETTINGS_FILE).read_text()
    assert all(comment in text for comment in ("# agreed in May", "# as in the protocol", "# of the pilot"))
    assert load_settings(tmp_path).model_dump() == changed.model_dump()

"""telltale.toml and TELLTALE_ variables."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings.loader import SETTINGS_FILE, load_settings
from core.taxonomy import DEFAULT_TAXONOMY
from core.types.decisions import ReviewMode


def written(folder: Path, text: str) -> Path:
    (folder / SETTINGS_FILE).write_text(text)
    return folder


def test_a_folder_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.review.mode, settings.taxonomy) == (ReviewMode.BLIND, DEFAULT_TAXONOMY)


def test_the_file_changes_a_setting(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, '[review]\nmode = "assisted"\n')).review.mode is ReviewMode.ASSISTED


def test_a_variable_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_REVIEW__MODE", "blind")
    assert load_settings(written(tmp_path, '[review]\nmode = "assisted"\n')).review.mode is ReviewMode.BLIND


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[review]\nmod = "assisted"\n', "review.mod: is not a setting"),
        ("color = 3\n", "color: is not a setting"),
        ("[training]\nwidth = 7\n", "training.width: "),
        ("[review\n", "is not valid TOML"),
        ("[taxonomy]\nlabels = []\n", "taxonomy.labels: "),
        ('[server]\nnames = ["https://study.example.org"]\n', "server.names: "),
    ],
)
def test_a_wrong_file_is_one_sentence_that_names_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(written(tmp_path, text))
    sentence = str(error.value)
    assert told in sentence
    assert str(tmp_path / SETTINGS_FILE) in sentence
    assert "\n" not in sentence


def test_a_variable_that_names_no_setting_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_REVEIW__MODE", "blind")
    with pytest.raises(SettingsError, match="TELLTALE_REVEIW__MODE names no setting"):
        load_settings(tmp_path)


def test_a_variable_can_choose_among_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_TRAINING__KEYPOINT_JOINTS", "25")
    assert load_settings(tmp_path).training.keypoint_joints == 25
    monkeypatch.setenv("TELLTALE_TRAINING__KEYPOINT_JOINTS", "17")
    with pytest.raises(SettingsError, match=r"training\.keypoint_joints: Input should be 137 or 25"):
        load_settings(tmp_path)


def test_a_taxonomy_of_three_labels_is_read_from_the_file(tmp_path: Path) -> None:
    labels = "".join(
        f'[[taxonomy.labels]]\nname = "{name}"\ntitle = "{name.title()}"\ncolor = "#10203{key}"\nkey = "{key}"\n'
        for key, name in enumerate(("joy", "anger", "calm"), start=1)
    )
    assert load_settings(written(tmp_path, labels)).taxonomy.names == ("joy", "anger", "calm")


OLD_FILE = """# our study
[review]
audit_fraction = 0.2  # a fifth

[training]
join = 'gated'
loss = "generalised-cross-entropy" # robust
seed = 3
"""


def test_an_old_file_is_read_and_rewritten_once_after_a_copy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = load_settings(written(tmp_path, OLD_FILE))
    assert settings.review.reliability_fraction == 0.2
    assert (settings.training.fusion_method, settings.training.loss, settings.training.seed) == (
        "gated",
        "generalized-cross-entropy",
        3,
    )
    (copy,) = tmp_path.glob(f"{SETTINGS_FILE}.before-*")
    assert copy.read_text() == OLD_FILE
    rewritten = OLD_FILE.replace("audit_fraction", "reliability_fraction").replace("join", "fusion_method")
    assert (tmp_path / SETTINGS_FILE).read_text() == rewritten.replace("generalised", "generalized")
    (told,) = caplog.messages
    assert "The setting review.audit_fraction is now called review.reliability_fraction." in told
    assert str(copy) in told
    caplog.clear()
    assert load_settings(tmp_path).model_dump() == settings.model_dump()
    assert caplog.messages == []


def test_a_variable_with_an_old_name_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_TRAINING__JOIN", "gated")
    assert load_settings(tmp_path).training.fusion_method == "gated"

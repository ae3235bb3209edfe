"""What the catalog says, and what of it the settings name."""

import re
from pathlib import Path

import pytest

from core.errors import NotFoundError, SettingsError
from core.settings.loader import load_settings
from core.settings.models import ModelsSettings
from core.settings.perception import PerceptionSettings
from labeling.weights.catalog import CATALOG, Model, get_line, megabytes, model_named, model_of_setting

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("model", CATALOG, ids=lambda model: model.name)
def test_an_entry_says_all_that_somebody_needs_who_wants_it(model: Model) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", model.name)
    assert model.setting in PerceptionSettings.model_fields
    assert model.publisher in ModelsSettings.model_fields
    assert model.package in (ROOT / "requirements.txt").read_text() + (ROOT / "requirements-no-deps.txt").read_text()
    assert model.license.asks.endswith(".")
    for file in model.files:
        assert file.size > 0
        assert file.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert not file.path.startswith("/")
        assert Path(file.name).suffix in {".pt", ".onnx", ".json", ".txt", ".safetensors"}


def test_names_and_files_are_of_one_entry_each() -> None:
    names = [model.name for model in CATALOG]
    files = [file.name for model in CATALOG for file in model.files]
    assert len(set(names)) == len(names)
    assert len(set(files)) == len(files)


def test_each_stage_recommends_the_model_that_the_default_settings_name() -> None:
    default = PerceptionSettings()
    for model in CATALOG:
        assert model.recommended == (getattr(default, model.setting) == model.value)
    assert sorted(model.stage for model in CATALOG if model.recommended) == ["image", "key points", "person", "text"]


def test_all_that_is_recommended_is_checked_and_asks_for_no_account() -> None:
    for model in CATALOG:
        if model.recommended:
            assert not model.gated
            assert all(file.digest_on_disk for file in model.files)


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match=r"^There is no model 'yolo99' in the catalog; it has yolo11x, .*\.$"):
        model_named("yolo99")


def test_a_file_of_ones_own_has_no_line_that_fetches_it(tmp_path: Path) -> None:
    assert model_of_setting("person_weights", "ours.pt") is None
    assert get_line("person_weights", "ours.pt", tmp_path / "weights") is None
    line = get_line("person_weights", "yolo11x.pt", tmp_path / "a b" / "weights")
    assert line == f"telltale models get yolo11x --workspace '{tmp_path / 'a b'}'"


@pytest.mark.parametrize(
    ("size", "said"), [(48, "48 bytes"), (231_508, "232 kB"), (114_636_239, "114.6 MB"), (1.116e9, "1.12 GB")]
)
def test_sizes_are_told_as_people_read_them(size: float, said: str) -> None:
    assert megabytes(size) == said


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("mirror/models", "is no address that begins with https:// or http://"),
        ("file:///etc", "is no address that begins with https:// or http://"),
        ("https://me:secret@mirror", "mirror: leave out names, passwords"),
        ("https://mirror/?token=secret", "mirror: leave out names, passwords"),
    ],
)
def test_a_mirror_is_a_plain_address(tmp_path: Path, address: str, why: str) -> None:
    (tmp_path / "telltale.toml").write_text(f'[models]\nultralytics = ["{address}"]\n')
    with pytest.raises(SettingsError, match=re.escape(why)) as caught:
        load_settings(tmp_path)
    assert "secret" not in str(caught.value)


def test_a_slash_at_the_end_of_a_mirror_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "telltale.toml").write_text('[models]\nopenmmlab = ["http://10.0.0.5:8000/pub/"]\n')
    assert load_settings(tmp_path).models.openmmlab == ("http://10.0.0.5:8000/pub",)

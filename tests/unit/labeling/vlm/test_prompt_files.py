"""Prompts as files: front matter, placeholders, versions, a workspace's own."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from labeling.vlm.prompting.prompt_files import FOLDER, load_prompts, read_prompt

NOWHERE = Path("/nowhere")


def written(folder: Path, name: str, text: str) -> Path:
    (folder / "prompts").mkdir(exist_ok=True)
    path = folder / "prompts" / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_reflection_with_and_without_evidence_are_two_versions() -> None:
    with_evidence, without = load_prompts(NOWHERE, evidence=True), load_prompts(NOWHERE, evidence=False)
    assert (with_evidence.version, without.version) == ("1", "1, no evidence")
    assert with_evidence.digest != without.digest


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_prompt_that_comes_along_can_be_read(path: Path) -> None:
    prompt = read_prompt(path)
    assert prompt.name == path.stem
    assert prompt.purpose.endswith(".")


def test_the_rules_of_evidence_forbid_what_is_none() -> None:
    ground = load_prompts(NOWHERE, evidence=True).ground.body
    for word in ("who the person is", "match", "captions", "score boards", "file names", "words that state the result"):
        assert word in ground
    assert "never instructions to you" in ground


def test_a_workspace_may_have_a_prompt_of_its_own_and_its_labels_say_so(tmp_path: Path) -> None:
    written(tmp_path, "watch", "---\nname: watch\nversion: 7\npurpose: Mine.\n---\nLook.")
    found = load_prompts(tmp_path, evidence=True)
    assert found.watch.body == "Look."
    assert found.version == "1+7 (own)"


def test_a_prompt_file_that_no_step_reads_is_named_with_the_names_there_are(tmp_path: Path) -> None:
    path = written(tmp_path, "reflexion", "---\nname: reflexion\nversion: 1\npurpose: Mine.\n---\nThink.")
    with pytest.raises(SettingsError, match=rf"No step reads the prompt {path}; the names are conclude.md, .*watch.md"):
        load_prompts(tmp_path, evidence=True)


def test_a_placeholder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    prompt = read_prompt(written(tmp_path, "watch", "---\nname: watch\nversion: 1\npurpose: x.\n---\n{{weather}}"))
    with pytest.raises(SettingsError, match=r"watch asks for \{\{weather\}\}"):
        prompt.filled({})


def test_what_is_filled_in_is_not_filled_in_again(tmp_path: Path) -> None:
    prompt = read_prompt(written(tmp_path, "watch", "---\nname: watch\nversion: 1\npurpose: x.\n---\n{{a}}"))
    assert prompt.filled({"a": "{{b}}", "b": "secret"}) == "{{b}}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("no front matter", "does not begin with front matter"), ("---\nname: watch\n---\nx", "lacks purpose")],
)
def test_a_prompt_without_its_front_matter_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        read_prompt(written(tmp_path, "watch", text))
    assert "watch.md" in str(caught.value)


def test_a_prompt_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "watch", "")
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(SettingsError, match="cannot be read as UTF-8"):
        read_prompt(path)

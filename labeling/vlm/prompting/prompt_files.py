"""Prompts: Markdown files with front matter, one per step. A workspace may override them by files in `prompts/`.

    ---
    name: reflect
    version: 1
    purpose: one line that the app shows
    ---
    Text with {{placeholders}}.

The digest of a labeler's prompts is stored with each of its pseudo-labels, and the texts in db.prompts, so that versions can
be compared after the files have changed.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError
from core.guarded_files import read_bounded

FOLDER = Path(__file__).parent / "prompts"
_MAX_BYTES = 2**20
_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_KEYS = {"name", "version", "purpose"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file. `body` has unfilled placeholders."""

    name: str
    version: str
    purpose: str
    body: str

    def filled(self, values: Mapping[str, str]) -> str:
        """The body with all placeholders replaced. Raises SettingsError for an unknown one."""

        def value(match: re.Match[str]) -> str:
            if match[1] not in values:
                raise SettingsError(f"The prompt {self.name} asks for {{{{{match[1]}}}}}, which does not exist.")
            return values[match[1]]

        return _PLACEHOLDER.sub(value, self.body).strip()  # one pass: placeholders in inserted values stay


@dataclass(frozen=True, slots=True)
class PromptSet:
    """The prompts of one labeler: `ground` is the system instruction, the others are one per step."""

    ground: Prompt
    watch: Prompt
    observe: Prompt
    conclude: Prompt
    reflect: Prompt
    edited: bool

    @property
    def version(self) -> str:
        """The version of the reflect prompt, which has two forms; marked if any prompt was edited."""
        versions = sorted({prompt.version for prompt in self._all()})
        evidence = "" if self.reflect.name == "reflect" else ", no evidence"
        return f"{'+'.join(versions)}{' (own)' if self.edited else ''}{evidence}"

    @property
    def digest(self) -> str:
        """16 hex digits over all texts."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()[:16]

    @property
    def text(self) -> str:
        """All prompts as one Markdown text, for storing and comparing."""
        return "\n\n".join(
            f"# {prompt.name}, version {prompt.version}\n\n{prompt.body.strip()}" for prompt in self._all()
        )

    def _all(self) -> tuple[Prompt, ...]:
        return (self.ground, self.watch, self.observe, self.conclude, self.reflect)


def load_prompts(workspace_root: Path, *, evidence: bool) -> PromptSet:
    """The workspace's own prompts, and Telltale's for the others. Raises SettingsError, also for a file of another name."""
    names = {
        "ground": "ground",
        "watch": "watch",
        "observe": "observe",
        "conclude": "conclude",
        "reflect": "reflect" if evidence else "reflect-without-evidence",
    }
    own = workspace_root / "prompts"
    _refuse_unknown(own)
    paths = {step: own / f"{name}.md" for step, name in names.items()}
    found = {step: path if path.is_file() else FOLDER / path.name for step, path in paths.items()}
    prompts = {step: read_prompt(path) for step, path in found.items()}
    return PromptSet(**prompts, edited=any(path.parent == own for path in found.values()))


def _refuse_unknown(own: Path) -> None:
    """Raises SettingsError for a file of a name that no step reads, as its text would be left out without a word."""
    names = sorted(path.name for path in FOLDER.glob("*.md"))
    for path in sorted(own.glob("*.md")):
        if path.name not in names and not path.name.startswith("."):
            raise SettingsError(f"No step reads the prompt {path}; the names are {', '.join(names)}.")


def read_prompt(path: Path) -> Prompt:
    """Reads a prompt file. Raises SettingsError, naming it, if it has no front matter or lacks a key."""
    try:
        text = read_bounded(path, _MAX_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The prompt {path} cannot be read as UTF-8 text.") from error
    match = _FRONT.match(text.replace("\r\n", "\n"))
    if match is None:
        raise SettingsError(f"The prompt {path} does not begin with front matter between two lines of ---.")
    front = dict(line.split(":", 1) for line in match[1].splitlines() if ":" in line)
    values = {key.strip(): value.strip() for key, value in front.items()}
    missing = sorted(_KEYS - {key for key, value in values.items() if value})
    if missing:
        raise SettingsError(f"The front matter of {path} lacks {missing[0]}.")
    return Prompt(values["name"], values["version"], values["purpose"], match[2])

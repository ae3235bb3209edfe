"""Settings that had another name: the old name is still read, and replaced in `telltale.toml`.

A key that is renamed or removed gets a line here; the loader then reads old files, variables and stored runs, and warns
once for each old name.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

RENAMED: Mapping[str, str] = {  # old section and key -> new key in the same section
    "taxonomy.labels.colour": "color",
    "labeling.film_in_reflection": "video_in_reflection",
    "review.audit_fraction": "reliability_fraction",
    "review.judgements_per_clip": "judgments_per_clip",
    "training.join": "fusion_method",
    "training.promotion_folds": "selection_folds",
}
RENAMED_VALUES: Mapping[tuple[str, str], str] = {  # (present section and key, old choice) -> new choice
    ("training.loss", "generalised-cross-entropy"): "generalized-cross-entropy",
}
_IN_STEPS = "the length of a fit is counted in steps (training.stage1_steps, training.stage2_steps)."
_ALL_PEOPLE = "every fit learns from all training subjects and is not stopped early."
REMOVED: Mapping[str, str] = {  # section and key -> a sentence that says what replaces it
    "training.stage1_epochs": _IN_STEPS,
    "training.stage2_epochs": _IN_STEPS,
    "training.patience": _ALL_PEOPLE,
    "training.validation_share": _ALL_PEOPLE,
}

# What a possessive repetition (*+, ++) has taken is not tried again in parts, so that a line takes linear time.
_TABLE = re.compile(r"\s*+\[\[?\s*+([^\]]+)\]\]?\s*+(#.*)?")
_ASSIGNMENT = re.compile(r"(?P<indent>\s*+)(?P<key>[\w-]++(\.[\w-]++)*+)(?P<equals>\s*+=\s*+)(?P<value>.*)", re.DOTALL)


def with_present_names(values: Mapping[str, Any], within: str = "") -> tuple[dict[str, Any], tuple[str, ...]]:
    """The settings under their present names, and a warning for each old name; `within` is the section of `values`.

    If a key is given under both names, the new one counts. Tables in a list ([[taxonomy.labels]]) share one section.
    """
    found: dict[str, Any] = {}
    sentences: dict[str, None] = {}  # in order, each once
    for key, value in values.items():
        dotted = f"{within}.{key}" if within else key
        if dotted in REMOVED:
            sentences[f"The setting {dotted} is no more: {REMOVED[dotted]}"] = None
            continue
        name, present = key, dotted
        if dotted in RENAMED:
            name, present = _beside(key, RENAMED[dotted]), _beside(dotted, RENAMED[dotted])
            sentences[f"The setting {dotted} is now called {present}."] = None
            if name in values:
                continue
        found[name], told = _with_present_values(value, present)
        sentences |= dict.fromkeys(told)
    return found, tuple(sentences)


def with_present_keys(text: str) -> str | None:
    """The text of a settings file with present names, order and comments kept; removed keys become comments.

    None if a line-by-line change does not give the same settings, as for a key within an inline table `{…}`.
    """
    section, lines = "", []
    for line in text.splitlines(keepends=True):
        table, assignment = _TABLE.fullmatch(line.rstrip()), _ASSIGNMENT.fullmatch(line)
        if table is not None:
            section = table[1].strip()
        lines.append(line if assignment is None else _changed_line(line, assignment, section))
    changed = "".join(lines)
    try:
        same = tomllib.loads(changed) == with_present_names(tomllib.loads(text))[0]
    except tomllib.TOMLDecodeError:
        return None
    return changed if same else None


def _with_present_values(value: Any, dotted: str) -> tuple[Any, tuple[str, ...]]:
    if isinstance(value, Mapping):
        return with_present_names(value, dotted)
    if isinstance(value, list | tuple):
        parts = [_with_present_values(item, dotted) for item in value]
        return [item for item, _ in parts], tuple(sentence for _, told in parts for sentence in told)
    renamed = RENAMED_VALUES.get((dotted, value)) if isinstance(value, str) else None
    if renamed is None:
        return value, ()
    return renamed, (f'The choice "{value}" of the setting {dotted} is now called "{renamed}".',)


def _changed_line(line: str, assignment: re.Match[str], section: str) -> str:
    dotted = f"{section}.{assignment['key']}" if section else assignment["key"]
    if dotted in REMOVED:
        return f"# {line}"
    key, value = assignment["key"], assignment["value"]
    if dotted in RENAMED:
        key, dotted = _beside(key, RENAMED[dotted]), _beside(dotted, RENAMED[dotted])
    for (name, old), new in RENAMED_VALUES.items():
        if name == dotted:
            value = re.sub(rf"^(['\"]){re.escape(old)}\1", rf"\g<1>{new}\g<1>", value)
    return f"{assignment['indent']}{key}{assignment['equals']}{value}"


def _beside(dotted: str, name: str) -> str:
    """`name` in the section of `dotted`."""
    section, dot, _ = dotted.rpartition(".")
    return f"{section}{dot}{name}"

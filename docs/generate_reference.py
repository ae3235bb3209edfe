"""Writes `docs/reference/`: pages of the settings, the command line and the keys, from the code that defines them.

`make docs` runs it. `tests/unit/test_docs_reference.py` fails where a page differs from what is written here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from app.cli.main import app
from core.settings.loader import Settings
from core.settings.section import Section

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
KEYS_MODULE = ROOT / "app" / "review" / "keys.js"

_GENERATED = "<!-- Written by `make docs` from {source}. Do not edit: change it there. -->\n"
_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_OPTION_TYPES = {"int": "INTEGER", "float": "NUMBER", "str": "TEXT", "Path": "PATH"}
_LONGEST_DEFAULT = 8  # items of a list beyond which the page says how many there are


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One key of `telltale.toml` as the page shows it; `name` is dotted, with its section."""

    name: str
    kind: str
    default: str
    allowed: str
    description: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One row of the table of keys: the heading it stands under, the keys, and what they do."""

    group: str
    keys: str
    description: str


def main() -> None:
    """Writes every page."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """File name to the whole text of each page of the reference."""
    return {"settings.md": _settings_page(), "command-line.md": _command_line_page(), "keys.md": _keys_page()}


# Settings


def setting_rows() -> list[SettingRow]:
    """Every key of every section, in the order of the classes in `core.settings`."""
    return [row for _, _, rows in _sections() for row in rows]


def _sections() -> Iterator[tuple[str, str, list[SettingRow]]]:
    """(name, description, rows) of each section and each section within one."""
    schema = Settings.model_json_schema()
    defined = schema["$defs"]
    for name, field in schema["properties"].items():
        yield from _section(name, _resolved(field, defined), defined)


def _section(
    name: str, schema: Mapping[str, Any], defined: Mapping[str, Any]
) -> Iterator[tuple[str, str, list[SettingRow]]]:
    rows, inner = [], []
    for key, field in schema["properties"].items():
        resolved = _resolved(field, defined)
        if "properties" in resolved:
            inner.append((f"{name}.{key}", resolved))
            continue
        if "properties" in _resolved(resolved.get("items", {}), defined):
            inner.append((f"{name}.{key}", _resolved(resolved["items"], defined)))
        required = key in schema.get("required", [])
        rows.append(
            SettingRow(
                name=f"{name}.{key}",
                kind=_kind(resolved, defined),
                default="must be given" if required else _default(field.get("default")),
                allowed=_allowed(resolved),
                description=field.get("description", ""),
            )
        )
    yield name, schema.get("description", ""), rows
    for inner_name, inner_schema in inner:
        yield from _section(inner_name, inner_schema, defined)


def _resolved(field: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition that a field refers to, or the field itself; of an optional field, what it is when it is given."""
    if "anyOf" in field:
        return next(one for one in field["anyOf"] if one.get("type") != "null")
    return defined[field["$ref"].rsplit("/", 1)[-1]] if "$ref" in field else field


def _kind(schema: Mapping[str, Any], defined: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "choice"
    if schema["type"] == "array":
        items = _resolved(schema["items"], defined)
        return "list of tables" if "properties" in items else f"list of {_kind(items, defined)}"
    if schema["type"] == "object":
        return "table"
    return _TYPES[schema["type"]]


def _allowed(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "enum" in schema.get("items", {}):
        return "any of " + _allowed(schema["items"])
    bounds = [
        f"{sign} {schema[name]}"
        for name, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if name in schema
    ]
    if "multipleOf" in schema:
        bounds.append(f"a multiple of {schema['multipleOf']}")
    if "pattern" in schema:
        bounds.append(f"`{schema['pattern']}`")
    if "minItems" in schema and "maxItems" in schema:
        bounds.append(f"{schema['minItems']} to {schema['maxItems']} of them")
    return ", ".join(bounds)


def _default(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list) and (len(value) > _LONGEST_DEFAULT or any(isinstance(one, dict) for one in value)):
        return f"{len(value)} of them, see `core/`"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _settings_page() -> str:
    lines = [
        _GENERATED.format(source="`core/settings/`"),
        "# Settings\n",
        "A workspace's `telltale.toml` holds what differs from the defaults below. A variable of the environment overrides the "
        "file: `TELLTALE_REVIEW__MODE=assisted` is `review.mode`. A key that is no setting is an error.\n",
        "A heading in brackets is a section of the file; the headings below it only say what its keys are about.",
    ]
    for name, description, rows in _sections():
        lines.append(f"\n## [{name}]")
        if description.strip():
            lines.append(f"\n{description.strip()}")
        by_key = {row.name.rsplit(".", 1)[-1]: row for row in rows}
        for heading, keys in _groups(name):
            lines += [f"\n### {heading}", *_settings_table({key: by_key.pop(key) for key in keys})]
        if by_key:
            lines += _settings_table(by_key)
    return "\n".join(lines) + "\n"


def _groups(section: str) -> list[tuple[str, tuple[str, ...]]]:
    field = Settings.model_fields.get(section)
    kind = field.annotation if field else None
    return list(kind.groups()) if isinstance(kind, type) and issubclass(kind, Section) else []


def _settings_table(rows: Mapping[str, SettingRow]) -> list[str]:
    return [
        "",
        "| key | type | default | allowed | what it is |",
        "|---|---|---|---|---|",
        *(_table_row(f"`{key}`", row.kind, row.default, row.allowed, row.description) for key, row in rows.items()),
    ]


# The command line


def commands() -> dict[str, Any]:
    """Every command by its name, `jobs cancel` for one within a group, in the order of `telltale --help`."""
    found: dict[str, Any] = {}

    def add(prefix: str, group: Any) -> None:
        for name, command in group.commands.items():
            found[prefix + name] = command
            if hasattr(command, "commands"):
                add(f"{prefix}{name} ", command)

    add("", typer.main.get_command(app))
    return found


def _command_line_page() -> str:
    lines = [
        _GENERATED.format(source="`app/cli/`"),
        "# The command line\n",
        "`telltale COMMAND --help` prints the same. Every command exits with 0 when it is done, with 1 and one sentence on "
        "standard error when it cannot be, with 2 when it was called wrongly, and with 130 after Ctrl+C.",
    ]
    for name, command in commands().items():
        positional = [one for one in command.params if not _is_option(one)]
        options = [one for one in command.params if _is_option(one)]
        usage = " ".join([f"telltale {name}", *(["[OPTIONS]"] if options else []), *map(_metavar, positional)])
        lines += [f"\n## telltale {name}\n", f"`{usage}`\n", " ".join((command.help or "").split())]
        if command.params:
            lines += ["", "| argument or option | default | what it is |", "|---|---|---|"]
        for one in [*positional, *options]:
            lines.append(_table_row(f"`{_shown(one)}`", _option_default(one), _option_help(one)))
    return "\n".join(lines) + "\n"


def _is_option(parameter: Any) -> bool:
    return bool(parameter.opts[0].startswith("-"))


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _shown(parameter: Any) -> str:
    if not _is_option(parameter):
        return _metavar(parameter)
    names = " / ".join([*parameter.opts, *parameter.secondary_opts])
    if parameter.is_flag:
        return names
    return f"{names} {parameter.metavar or _OPTION_TYPES[parameter.type_descriptor.annotation.__name__]}"


def _option_default(parameter: Any) -> str:
    if parameter.required:
        return "must be given"
    return "" if parameter.default in (None, False) else f"`{parameter.default}`"


def _option_help(parameter: Any) -> str:
    bounds = [
        f"{word} {value}"
        for word, value in (("at least", getattr(parameter, "min", None)), ("at most", getattr(parameter, "max", None)))
        if value is not None
    ]
    return " ".join([parameter.help or "", f"({', '.join(bounds)})" if bounds else ""]).strip()


# Keys


def key_rows() -> list[KeyRow]:
    """The table of keys of the Review screen. Raises ValueError where `keys.js` no longer writes it as plain values."""
    faces = _constant("KEY_FACES")
    return [
        KeyRow(group, " or ".join(_key_face(name, faces) for name in names), what)
        for group, rows in _constant("KEY_GROUPS")
        for what, names, *_ in rows
    ]


def _constant(name: str) -> Any:
    """The value of an exported constant of `keys.js`, written there as JSON but for names without quotes and last commas."""
    found = re.search(
        rf"export const {name} = ([\[{{].*?\n[\]}}]);", KEYS_MODULE.read_text(encoding="utf-8"), re.DOTALL
    )
    if found is None:
        raise ValueError(f"{KEYS_MODULE} has no table {name}")
    quoted = re.sub(r"^(\s*)(\w+):", r'\1"\2":', found[1], flags=re.MULTILINE)
    return json.loads(re.sub(r",(\s*[\]}])", r"\1", quoted))


def _key_face(name: str, faces: Mapping[str, str]) -> str:
    """A key as the app writes it (`keyFace` in `keys.js`): "Shift+ArrowLeft" is "Shift ←"."""
    modifier, plus, key = name.rpartition("+") if len(name) > 1 else ("", "", name)
    face = faces.get(key, key.upper() if len(key) == 1 else key)
    return f"{modifier} {face}" if plus else face


def _keys_page() -> str:
    lines = [
        _GENERATED.format(source="`app/review/keys.js`"),
        "# Keys of the Review screen\n",
        "`?` shows them in the app, where each can be replaced by another, for one reviewer in one browser; the digits are set "
        "with the labels. None of them acts while you type in a field; each has a button or a menu as well.\n\n"
        "An answer is never given by a key that is held down, nor by the same key twice within a quarter of a second "
        "(a quarter of a second after the new question has appeared, and 150 ms after the key was last released): the second "
        "press belongs to the question before, and the screen says that it was not taken. Different keys count however fast "
        "they follow each other.",
    ]
    group = ""
    for row in key_rows():
        if row.group != group:
            group = row.group
            lines += [f"\n## {group}\n", "| key | what it does |", "|---|---|"]
        lines.append(_table_row(row.keys, row.description))
    return "\n".join(lines) + "\n"


def _table_row(*cells: str) -> str:
    escaped = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


if __name__ == "__main__":
    main()

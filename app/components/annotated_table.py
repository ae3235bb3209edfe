"""Tables with a remark below the figure in each cell. All text is escaped, because some is written by models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.components.outside_text import escaped
from app.queries.proportions import Share
from training.evaluation.intervals import SubjectInterval

_STYLE = Path(__file__).with_name("annotated_table.css")


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell: `value`, and `remark` below it in small print; `none` where there is no value."""

    value: str
    remark: str = ""
    none: bool = False

    @classmethod
    def share(cls, found: Share) -> "Figure":
        """A share in per cent, with its counts and its interval, or why that cannot be trusted."""
        if found.value is None:
            return cls("—", none=True)
        span = f"{found.interval.low:.0%} to {found.interval.high:.0%}"
        counts = f"{span}\n{found.hits:,} of {found.n:,}".replace(" ", "\N{NO-BREAK SPACE}")
        return cls(f"{found.value:.0%}", counts + doubted(found.interval))

    @classmethod
    def number(cls, found: int, remark: str = "") -> "Figure":
        """A count; muted where it is 0."""
        return cls(f"{found:,}", remark, none=not found)


def doubted(interval: SubjectInterval) -> str:
    """A line for below an interval that cannot be trusted; "" for one that can."""
    return f"\ncannot be trusted: {interval.doubt}" if interval.doubt else ""


def style() -> None:
    """Adds the style sheet of these tables; call it once per page."""
    st.html(_STYLE)


def figures(header: Sequence[str], rows: Sequence[Sequence[Figure]]) -> None:
    """Draws the table; the first column is a name, the others are figures."""
    head = "".join(f"<th>{escaped(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    st.html(
        f'<div class="tt-wide"><table class="tt-figures"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cell(cell: Figure) -> str:
    remark = f"<small>{escaped(cell.remark)}</small>" if cell.remark else ""
    return f"<td{' class=tt-none' if cell.none else ''}><b>{escaped(cell.value)}</b>{remark}</td>"


def legend(colors: Mapping[str, str], meanings: Mapping[str, str]) -> None:
    """One legend line for several charts: color swatches with names and meanings."""
    entries = "".join(
        f'<span><i class="tt-{escaped(name)}" style="background-color:{escaped(color)}"></i>'
        f"{escaped(name.replace('_', ' '))}<em>{escaped(meanings.get(name, ''))}</em></span>"
        for name, color in colors.items()
    )
    st.html(f'<div class="tt-legend">{entries}</div>')

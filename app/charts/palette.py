"""The colors of charts and pages in the light and dark theme; tests check contrast and color blindness.

Labels have the taxonomy's colors in both themes. Streamlit's theme is in `app/shell/.streamlit/config.toml`, the
colors of our style sheets in `app/components/style.css`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

FONT = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """Hex colors for a background of `paper`. `ink` and `muted` are for text, the others for marks.

    `support` and `on_support` (text on it) are by check of a claim, `modalities` by name; `cell` is the range of a
    heat map.
    """

    paper: str
    ink: str
    muted: str
    grid: str
    accent: str
    reference: str
    interval: str
    cell: tuple[str, str]
    support: Mapping[str, str]
    on_support: Mapping[str, str]
    modalities: Mapping[str, str]


LIGHT = Palette(
    paper="#FFFFFF",
    ink="#1D2B2A",
    muted="#5A6B69",
    grid="#E6EDEB",
    accent="#17736D",
    reference="#2F6690",
    interval="#9DB3B0",
    cell=("#F5F9F8", "#5FA8A2"),
    support={
        "supported": "#17736D",
        "contradicted": "#C4512D",
        "not_measurable": "#9AA8A6",
        "unchecked": "#DFE6E4",
    },
    on_support={
        "supported": "#FFFFFF",
        "contradicted": "#FFFFFF",
        "not_measurable": "#14201F",
        "unchecked": "#465654",
    },
    modalities={"pose": "#119187", "image": "#7B3294", "text": "#B9791A", "fusion": "#1D2B2A"},
)

DARK = Palette(
    paper="#121A19",
    ink="#DFE9E7",
    muted="#A3B2AF",
    grid="#2B3836",
    accent="#4FBFB5",
    reference="#7FB6E0",
    interval="#67807C",
    cell=("#1B2625", "#1C645D"),
    support={
        "supported": "#4FBFB5",
        "contradicted": "#E0744C",
        "not_measurable": "#64756F",
        "unchecked": "#36453F",
    },
    on_support={
        "supported": "#06211F",
        "contradicted": "#1E0C05",
        "not_measurable": "#FFFFFF",
        "unchecked": "#DFE9E7",
    },
    modalities={"pose": "#2E9C92", "image": "#8B4FD8", "text": "#F2C14E", "fusion": "#F2F7F6"},
)

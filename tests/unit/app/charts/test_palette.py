"""Colors: legible on their paper, and told apart by color-blind eyes."""

import re
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from coloraide import Color

from app.charts.palette import DARK, LIGHT, Palette
from app.queries.color_contrast import CANDIDATES, LEAST_DIFFERENCE, alike, color_for_another, faint, least_difference
from app.review.assets import ASSETS
from core.taxonomy import DEFAULT_TAXONOMY, Label, Taxonomy

TEXT, MARK = 4.5, 3.0  # contrast that WCAG 2.2 asks of text and of graphics
APP = Path(__file__).parents[4] / "app"
CONFIG = APP / "shell" / ".streamlit" / "config.toml"
THEMES: dict[str, dict[str, Any]] = tomllib.loads(CONFIG.read_text())["theme"]
PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
BOTH = pytest.mark.parametrize(
    ("palette", "theme"), [(LIGHT, THEMES["light"]), (DARK, THEMES["dark"])], ids=["light", "dark"]
)


def contrast(color: str, paper: str) -> float:
    return float(Color(color).contrast(paper))


def assert_told_apart(*colors: str) -> None:
    for one, other in combinations(colors, 2):
        difference, eyes = least_difference(one, other)
        assert difference >= LEAST_DIFFERENCE, f"{one} and {other} to {eyes}"


@BOTH
def test_charts_have_the_colors_of_the_theme(palette: Palette, theme: dict[str, Any]) -> None:
    assert (palette.paper, palette.ink, palette.muted, palette.accent) == (
        theme["backgroundColor"],
        theme["textColor"],
        theme["grayColor"],
        theme["primaryColor"],
    )


def test_every_color_of_the_style_sheets_is_given_for_both_themes() -> None:
    sheets = "".join(path.read_text() for path in (APP / "components").glob("*.css"))
    given = dict(re.findall(r"(--tt-[a-z]+): light-dark\(#([0-9a-f]{6}), #[0-9a-f]{6}\)", sheets))
    assert set(re.findall(r"var\((--tt-[a-z]+)\)", sheets)) <= set(given)


@PALETTES
def test_text_in_charts_is_legible(palette: Palette) -> None:
    assert contrast(palette.ink, palette.paper) >= TEXT
    assert contrast(palette.muted, palette.paper) >= TEXT
    assert contrast(palette.reference, palette.paper) >= TEXT
    assert all(contrast(palette.on_support[check], color) >= TEXT for check, color in palette.support.items())
    assert all(contrast(palette.ink, end) >= TEXT for end in palette.cell)


@PALETTES
def test_checks_are_told_apart(palette: Palette) -> None:
    assert_told_apart(*palette.support.values())


@PALETTES
def test_modalities_are_seen_and_told_apart(palette: Palette) -> None:
    assert_told_apart(*palette.modalities.values())
    assert all(contrast(color, palette.paper) >= MARK for color in palette.modalities.values())


@PALETTES
def test_the_labels_are_seen_and_told_apart(palette: Palette) -> None:
    assert_told_apart(*(label.color for label in DEFAULT_TAXONOMY))
    assert all(contrast(label.color, palette.paper) >= MARK for label in DEFAULT_TAXONOMY)


@pytest.mark.parametrize("theme", [THEMES["light"], THEMES["dark"]], ids=["light", "dark"])
def test_the_signs_of_checks_in_review_are_legible_and_told_apart(theme: dict[str, Any]) -> None:
    paper, supported, contradicted = theme["backgroundColor"], theme["greenColor"], theme["redColor"]
    assert min(contrast(supported, paper), contrast(contradicted, paper)) >= TEXT
    assert_told_apart(supported, contradicted, paper)  # what cannot be measured is hollow


def test_sides_of_the_skeleton_are_told_apart_on_the_dark_stage() -> None:
    colors = dict(re.findall(r'(left|right|middle): "(#[0-9a-f]{6})"', ASSETS["player/skeleton_painter.js"].decode()))
    assert len(colors) == 3
    assert_told_apart(*colors.values())
    assert all(contrast(color, "#0b100f") >= MARK for color in colors.values())


def test_labels_that_color_blind_eyes_confuse_are_named() -> None:
    red = Label(name="anger", title="Anger", color="#A0522D", key="3")
    green = Label(name="calm", title="Calm", color="#6B6B00", key="4")
    (found, *_) = alike(Taxonomy(labels=(red, green)))
    assert (found.first, found.second) == ("Anger", "Calm")
    assert "make one lighter and the other darker with the color pickers" in found.sentence


def test_nothing_is_said_of_the_labels_that_come_with_a_workspace() -> None:
    assert (alike(DEFAULT_TAXONOMY), faint(DEFAULT_TAXONOMY)) == ([], [])


def test_a_label_that_is_faint_in_a_theme_is_named() -> None:
    navy = Label(name="calm", title="Calm", color="#10326E", key="3")
    yellow = Label(name="joy", title="Joy", color="#FFE870", key="4")
    said = faint(Taxonomy(labels=(navy, yellow)))
    assert said == [
        "The color of Calm is faint in the dark theme; a lighter one is seen better.",
        "The color of Joy is faint in the light theme; a darker one is seen better.",
    ]


def test_the_colors_proposed_for_added_labels_are_told_apart_by_all_eyes() -> None:
    labels = [*DEFAULT_TAXONOMY]
    for number in range(2):
        labels.append(labels[0].model_copy(update={"title": f"New {number}", "color": color_for_another(labels)}))
    assert (alike(labels), faint(labels)) == ([], [])


def test_a_candidate_that_is_like_a_label_of_the_study_is_not_proposed() -> None:
    taken = DEFAULT_TAXONOMY.labels[0].model_copy(update={"color": CANDIDATES[0]})
    assert least_difference(color_for_another([taken]), CANDIDATES[0])[0] >= LEAST_DIFFERENCE


def test_no_candidate_is_faint() -> None:
    assert faint([DEFAULT_TAXONOMY.labels[0].model_copy(update={"color": color}) for color in CANDIDATES]) == []


def test_a_draft_without_a_title_is_warned_of_as_the_new_label() -> None:
    one = DEFAULT_TAXONOMY.labels[0]
    (found, *_) = alike([one, one.model_copy(update={"title": ""})])
    assert found.second == "the new label"

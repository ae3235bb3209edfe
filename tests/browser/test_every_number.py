"""Every number on Overview, Train, Pseudo-labels and Reviewers is what pandas counts from the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import page_numbers
from tests.browser.conftest import choose, new_page, serving, settled
from tests.browser.counted import charts as counted_charts
from tests.browser.counted import overview, pseudo_labels, reviewers, train
from tests.browser.counted import study as counted_study
from tests.browser.counted.tables import Counted, Tables

pytestmark = pytest.mark.long  # renders, labels and trains twice

OTHER_MODELS = r"(?:majority|linear on key points|logistic regression on cues|\w+(?: rates)? alone)"
NOT_KEPT = "models whose predictions are not kept: the run's metrics alone have their scores"
INTERVAL = r"\[\d\.\d\d, \d\.\d\d\]"
# Numbers that are no counts of the study, each with the reason why.
EVERYWHERE = {
    r"95 %|under 0\.05|1 is perfect, 0 is chance": "fixed levels and ends of scales",
    r"\b(?:[Rr]un|simulated|cues) \d\b(?!\.\d)": "names of runs, and of labelers with their version",
    r"30 are needed": "a fixed number, from which a confidence is calibrated",
}
_ALONE = r"Alone, .*? \(balanced accuracy; chance is \d\.\d\d\)"
ALLOWED: Mapping[str, Mapping[str, str]] = {
    "": {
        _ALONE: "figures of the results table, by modality (tests/unit/app/queries/test_table_findings.py)",
        rf"{OTHER_MODELS} \d\.\d\d {INTERVAL}": NOT_KEPT,
        r"0 0\.25 0\.5 0\.75 1 balanced accuracy": "ticks of the axis",
    },
    "train": {
        _ALONE: "figures of the results table, by modality (tests/unit/app/queries/test_table_findings.py)",
        rf"{OTHER_MODELS} \d+(?: \d\.\d\d {INTERVAL}| \d\.\d\d\d| —)+": NOT_KEPT,
        r"On clips that no run chose, on the folds of model selection, .*?(?:selected now|select this one)\.": (
            "folds of its own, whose predictions are not kept"
        ),
        r"\d other settings differ from their defaults: [^.]*\.": "settings",
        r"Every model, 5 seeds|What correcting bought, 5 seeds|up to 60 min": "settings",
        r"image, stage 1|pose, stage 1|text, stage 1|fusion, stage 2": "names of curves",
        r"\+00:00 \| 0\.2\.0 \([\w-]+\)": "time zone, and the version of the code",
    },
    "pseudo-labels": {
        r"(?:over-reading|wrong (?:time|person)|hallucinated gesture|rejected, no family|leak) [A-Z][^.]*\. \d+(?: \d+%)?": (
            "families of errors, by rules of their own (tests/unit/app/queries/test_claim_error_families.py)"
        ),
        r"Prompts \(0\)": "no vision model was asked",
    },
    "reviewers": {},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Tables]]:
    """The address of the app on a study in which everything has been done, and its tables."""
    folder = tmp_path_factory.mktemp("counted")
    made = counted_study.make(folder / "workspace", folder / "cohort")
    with serving(made.workspace.root, folder / "server.log") as url:
        counted_study.review(made, url)
        counted_study.work(made.workspace, made.database, "train", {})
        counted_study.review_again(made, url)
        counted_study.work(made.workspace, made.database, "train", {})
        yield url, Tables(made.workspace.root / "telltale.db")
    made.database.dispose()


@pytest.fixture(scope="module")
def lead(chromium: Browser, study: tuple[str, Tables]) -> Iterator[Page]:
    """A tab of the lead, who sees what is to be adjudicated."""
    with new_page(chromium) as page:
        page.goto(f"{study[0]}/reviewers")
        choose(page, "Reviewer", "Lea")
        # What the next address is opened with. Cookies are of every server of this host, storage is of this one.
        page.wait_for_function("Object.keys(localStorage).some((name) => name.startsWith('telltale_reviewer_'))")
        settled(page)
        yield page


COUNTS: Mapping[str, Callable[[Tables], list[Counted]]] = {
    "": overview.overview,
    "train": train.train,
    "pseudo-labels": pseudo_labels.pseudo_labels,
    "reviewers": reviewers.reviewers,
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_number_of_the_page_is_what_pandas_counts(name: str, lead: Page, study: tuple[str, Tables]) -> None:
    url, tables = study
    page_numbers.opened(lead, f"{url}/{name}")
    words = page_numbers.words(lead)
    left = words
    wrong = []
    for one in COUNTS[name](tables):
        found = list(re.finditer(one.words, left))
        if not found:
            wrong.append(f"{one.what}: the page should say {one.words!r}")
        wrong += [
            f"{one.what}: {found.group()!r} has an interval without its value"
            for found in found
            if not _encloses(found)
        ]
        left = re.sub(one.words, lambda match: re.sub(r"\d", "·", match.group()), left)
    for allowed in (*EVERYWHERE, *ALLOWED[name]):
        left = re.sub(allowed, lambda match: re.sub(r"\d", "·", match.group()), left)
    unexplained = [left[max(0, at.start() - 60) : at.end() + 30] for at in re.finditer(r"(?<![\w·-])\d[\d.,]*%?", left)]
    assert wrong == [], f"On the page: {words}"
    assert unexplained == []


@pytest.mark.parametrize("name", counted_charts.CHARTS)
def test_every_chart_of_the_page_draws_what_pandas_counts(name: str, lead: Page, study: tuple[str, Tables]) -> None:
    url, tables = study
    page_numbers.opened(lead, f"{url}/{name}")
    assert counted_charts.drawn(page_numbers.charts(lead)) == counted_charts.CHARTS[name](tables)


def _encloses(found: re.Match[str]) -> bool:
    """Whether each interval of the match lies around its value, all as they are shown."""
    values = found.groupdict()
    for name, value in values.items():
        if name.startswith("value") and value is not None:
            low, high = (values[name.replace("value", end)] for end in ("low", "high"))
            if not float(low or 0) <= float(value.rstrip("%")) <= float(high or 0):
                return False
    return True

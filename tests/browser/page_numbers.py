"""Everything that a page shows, as text: sentences, tables, the cells of data frames, and what charts draw."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import settled

_OPEN_NEXT = """
() => {
  const closed = document.querySelector('[data-testid="stMain"] details:not([open]) > summary');
  closed?.click();
  return Boolean(closed);
}
"""
_TABLES_ARE_FILLED = """
() => [...document.querySelectorAll('[data-testid="stMain"] [data-testid="stDataFrame"]')].every(
  (one) => one.querySelectorAll('canvas table tr').length > 1)
"""
# Cells of a data frame are drawn on a canvas; what a screen reader is told of them lies inside it. A chart's numbers are
# those of its figure: what it draws, writes and shows when pointed at.
_READ = """
() => {
  const main = document.querySelector('[data-testid="stMain"]');
  const charts = [...main.querySelectorAll('.js-plotly-plot')];
  for (const chart of charts) chart.style.display = 'none';
  const lines = main.innerText.split('\\n').map((line) => line.trim()).filter((line) => line);
  for (const table of main.querySelectorAll('[data-testid="stDataFrame"] canvas table'))
    for (const row of table.querySelectorAll('tr'))
      lines.push('| ' + [...row.querySelectorAll('th, td')].map((cell) => cell.textContent.trim()).join(' | ') + ' |');
  for (const chart of charts) chart.style.display = '';
  return lines.join(' ').replace(/\\s+/g, ' ');
}
"""
_CHARTS = """
() => [...document.querySelectorAll('[data-testid="stMain"] .js-plotly-plot')].map((one) => one.data.map((trace) => {
  const list = (value) => ArrayBuffer.isView(value) || Array.isArray(value) ? Array.from(value, list) : value;
  const own = {name: trace.name};
  for (const key of ['x', 'y', 'z', 'text', 'width', 'customdata']) if (trace[key] !== undefined) own[key] = list(trace[key]);
  if (trace.error_x) own.error_x = {array: list(trace.error_x.array), arrayminus: list(trace.error_x.arrayminus)};
  if (trace.error_y) own.error_y = {array: list(trace.error_y.array), arrayminus: list(trace.error_y.arrayminus)};
  return own;
}))
"""


def opened(page: Page, url: str) -> None:
    """The page with every expander open, when its script has ended."""
    page.goto(url)
    expect(page.locator(".tt-head h1")).to_be_visible()
    settled(page)
    while page.evaluate(_OPEN_NEXT):
        settled(page)
    page.wait_for_function(_TABLES_ARE_FILLED)


def words(page: Page) -> str:
    """The words of the page that is open, with one space between two; rows of data frames last, charts left out."""
    return str(page.evaluate(_READ))


def charts(page: Page) -> list[list[dict[str, object]]]:
    """The traces of each chart on the page."""
    return list(page.evaluate(_CHARTS))

"""The files of Streamlit's page, as they are served here."""

import re

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.streamlit_files import FIRST_PAGE, StreamlitFiles, first_page


@pytest.fixture
def client() -> TestClient:
    others = Route("/{path:path}", lambda _: PlainTextResponse("the app"), methods=["GET", "POST"])
    return TestClient(StreamlitFiles(Starlette(routes=[others])))


@pytest.mark.parametrize("path", ["/", "/train", "/pseudo-labels"])
def test_each_page_is_asked_for_again_and_its_files_never(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.headers["cache-control"] == "no-cache"
    files = re.findall(r'(?:src|href)="\.(/static/\S+?)"', page.text)
    kept = {client.get(file).headers.get("cache-control") for file in files}
    assert kept == {"public, immutable, max-age=31536000"}


def test_the_page_asks_at_once_for_the_modules_of_the_first_page() -> None:
    for name in FIRST_PAGE:
        assert re.search(
            rf'<link rel="modulepreload" crossorigin href="\./static/js/{re.escape(name)}\.\S+\.js">', first_page()
        )


def test_the_page_asks_for_no_font_that_no_text_has() -> None:
    assert 'as="font"' not in first_page()


@pytest.mark.parametrize("path", ["/static/js/none.js", "/static/../secrets.toml", "/_stcore/health", "/favicon.png"])
def test_everything_else_is_the_apps(client: TestClient, path: str) -> None:
    assert client.get(path).text == "the app"


def test_only_reading_is_answered(client: TestClient) -> None:
    assert client.post("/").text == "the app"

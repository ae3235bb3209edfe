"""Servers of files, and an environment without proxies."""

from collections.abc import Iterator

import pytest

from tests.integration.labeling.weights.file_server import FileServer, served


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with served() as one:
        yield one


@pytest.fixture
def mirror() -> Iterator[FileServer]:
    with served() as one:
        yield one

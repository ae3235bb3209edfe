"""The rendered cohort that labeling by models is tried on, and Gemini's stand-in that it is sent to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.gemini import KEY, FakeGemini
from tests.fakes.served import served
from tests.integration.labeling.vlm.vlm_study import VlmStudy, make_study
from tests.made_once import made_once


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of the workspace, to be copied."""
    return made_once(tmp_path_factory, "vlm", make_study) / "workspace"


@pytest.fixture
def fake() -> FakeGemini:
    return FakeGemini()


@pytest.fixture
def study(made: Path, fake: FakeGemini, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VlmStudy]:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setattr("labeling.vlm.requests.FIRST_PAUSE_S", 0.01)
    with served(fake.app) as address:
        yield VlmStudy(made, tmp_path / "workspace", base_url=address)

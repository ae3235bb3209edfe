"""The rendered cohort that labeling by models is tried on."""

from pathlib import Path

import pytest

from tests.integration.labeling.vlm.vlm_study import make_study


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of the workspace, to be copied."""
    return make_study(tmp_path_factory.mktemp("vlm"))

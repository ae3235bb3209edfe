"""A labeling that is killed without a word pays for no answer twice but for those that were under way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from core.workspace import open_workspace
from db import sending_consents
from db.engine import open_database
from labeling.vlm.sending_consent import sending
from tests.fakes.gemini import KEY, FakeGemini
from tests.fakes.served import served

CONCURRENCY = 2


def test_a_killed_labeling_goes_on_without_asking_again_what_was_answered(made: Path, tmp_path: Path) -> None:
    root = shutil.copytree(made, tmp_path / "workspace")
    fake = FakeGemini(pause_s=0.25)
    with served(fake.app) as address:
        environment = {
            **os.environ,
            "GEMINI_API_KEY": KEY,
            "TELLTALE_LABELING__GEMINI__BASE_URL": address,
            "TELLTALE_LABELING__CONCURRENCY": str(CONCURRENCY),
            "TELLTALE_LABELING__PICTURE_PX": "96",
        }
        _consent(root, address)
        command = [sys.executable, "-m", "app", "label", "--labeler", "gemini", "--workspace", str(root)]
        first = subprocess.Popen(command, env=environment, start_new_session=True)
        while len(fake.journal.requests) < 4:
            assert first.poll() is None, "it must be killed while it works"
            time.sleep(0.02)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        time.sleep(0.5)  # what was under way is answered to nobody
        asked = len(fake.journal.requests)
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    asked_twice = [
        digest for digest, times in Counter(one.digest for one in fake.journal.requests).items() if times > 1
    ]
    assert 0 < asked < 8
    assert len(asked_twice) <= CONCURRENCY
    assert len(fake.journal.requests) == 8 + len(asked_twice)
    assert "4 are left" not in second.stdout
    assert "0 failed" in second.stdout
    assert list((root / "media" / "sending").iterdir()) == [], "no video of a person may stay behind"


def _consent(root: Path, address: str) -> None:
    workspace = open_workspace(root)
    settings = workspace.settings.labeling
    gemini = settings.gemini.model_copy(update={"base_url": address})
    wanted = sending(settings.model_copy(update={"gemini": gemini}), "gemini")
    assert wanted is not None
    database = open_database(workspace)
    with database.write() as connection:
        sending_consents.give(connection, replace(wanted, given_by="Ada"))
    database.dispose()

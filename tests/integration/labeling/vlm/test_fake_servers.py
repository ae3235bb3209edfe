"""The fake servers as started by hand."""

import re
import subprocess
import sys
import urllib.request

import pytest

from tests.fakes.gemini import KEY


@pytest.mark.parametrize(
    ("module", "path", "variables"),
    [
        ("gemini", "/v1beta/models", ["GEMINI_API_KEY", "TELLTALE_LABELING__GEMINI__BASE_URL"]),
        ("openai_server", "/v1/models", ["TELLTALE_LABELING__OPENAI__BASE_URL", "TELLTALE_LABELING__OPENAI__MODEL"]),
    ],
)
def test_a_server_started_by_hand_says_its_address_and_what_to_set(
    module: str, path: str, variables: list[str]
) -> None:
    command = [sys.executable, "-m", f"tests.fakes.{module}", "--port", "0", "--fail-share", "0.2", "--seed", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            exported = server.stdout.readline()
            request = urllib.request.Request(address + path, headers={"x-goog-api-key": KEY})
            with urllib.request.urlopen(request, timeout=5) as response:
                assert response.status == 200
        finally:
            server.terminate()
    assert re.findall(r"(\w+)=", exported) == variables

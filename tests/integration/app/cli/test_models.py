"""`telltale models` on a server of this machine: what it prints, asks, fetches and refuses."""

import dataclasses
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import main
from app.jobs.processes import list_jobs
from app.opened_workspace import opened_workspace
from core.types.jobs import JobState
from labeling.weights import catalog
from labeling.weights.catalog import Model
from tests.integration.labeling.weights.file_server import FileServer, say, served

CONTENT = random.Random(5).randbytes(50_000)
Run = Callable[..., tuple[int, str, str]]


def shrunk(model: Model) -> Model:
    """The entry with small files, all of the same content."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    files = tuple(
        dataclasses.replace(file, size=len(CONTENT), sha256=digest, exact=True, member=None) for file in model.files
    )
    return dataclasses.replace(model, files=files)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Has every file of the catalog, which is made small; commands ask it and nobody else."""
    small = tuple(shrunk(model) for model in catalog.CATALOG)
    monkeypatch.setattr(catalog, "CATALOG", small)
    with served() as one:
        for model in small:
            for file in model.files:
                one.files[f"/{file.path}"] = CONTENT
            monkeypatch.setenv(f"TELLTALE_MODELS__{model.publisher.upper()}", json.dumps([one.url]))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield one


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("get", "yolo11x")` gives exit code, standard output and standard error."""

    def command(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["models", *arguments, "--workspace", str(tmp_path / "study")])
        out = capsys.readouterr()
        return int(ended.value.code or 0), out.out, out.err

    return command


def state_of(run: Run, name: str) -> dict[str, Any]:
    _, out, _ = run("list", "--json")
    found: dict[str, Any] = next(one for one in json.loads(out) if one["name"] == name)
    return found


def test_a_model_is_listed_fetched_verified_and_removed(run: Run, server: FileServer, tmp_path: Path) -> None:
    before = state_of(run, "yolo11x")
    assert (before["state"], before["stage"], before["license"]) == ("not there", "person", "AGPL-3.0")
    assert before["files"][0]["addresses"] == [f"{server.url}/v8.3.0/yolo11x.pt"]
    code, out, err = run("get", "yolo11x", "--accept-license")
    assert (code, out) == (0, "yolo11x: whole.\n")
    assert "yolo11x (YOLO11x, the detector of the paper) is under AGPL-3.0" in err
    assert (tmp_path / "study" / "weights" / "yolo11x.pt").read_bytes() == CONTENT
    assert state_of(run, "yolo11x")["state"] == "there"
    code, out, _ = run("verify")
    assert code == 0
    assert "yolo11x  whole" in out
    assert run("remove", "yolo11x")[1] == "yolo11x: 50 kB freed.\n"
    assert state_of(run, "yolo11x")["state"] == "not there"


def test_a_license_is_shown_once_and_asks_where_somebody_can_answer(run: Run, server: FileServer) -> None:
    code, _, err = run("get", "yolo11x")
    assert code == 1
    assert err.endswith(
        "Nobody can be asked here whether these licenses are accepted; read them, and give --accept-license.\n"
    )
    assert server.requests == []
    run("get", "yolo11x", "--accept-license")
    code, _, err = run("get", "yolo11x")
    assert (code, err) == (0, "")


def test_all_that_is_recommended_is_one_command(run: Run, server: FileServer, tmp_path: Path) -> None:
    code, out, _ = run("get", "--all-recommended", "--accept-license", "--json")
    assert code == 0
    assert [one["model"] for one in json.loads(out)["models"]] == [
        "yolo11x",
        "dinov2-base",
        "rtmw-l",
        "bert-base-uncased",
    ]
    assert (tmp_path / "study" / "weights" / "dinov2-base" / "model.safetensors").read_bytes() == CONTENT


def test_a_model_that_the_settings_do_not_name_says_how_to_use_it(run: Run, server: FileServer) -> None:
    _, out, _ = run("get", "yolo26x", "--accept-license")
    assert 'To use it, set perception.person_weights = "yolo26x.pt" in telltale.toml.' in out


def test_one_model_that_cannot_be_had_keeps_no_other_back_and_its_job_can_be_resumed(
    run: Run, server: FileServer, tmp_path: Path
) -> None:
    def without_yolo(request: Any, whole: bytes) -> bool:
        if "yolo" not in request.path:
            return False
        say(request, 404, Content_Length=0)
        return True

    server.misbehave = without_yolo
    code, _, err = run("get", "yolo11x", "bert-base-uncased", "--accept-license")
    assert code == 1
    assert "yolo11x.pt could not be fetched. 127.0.0.1:" in err
    assert "The others are there: bert-base-uncased." in err
    assert (tmp_path / "study" / "weights" / "bert-base-uncased" / "vocab.txt").is_file()
    opened = opened_workspace(tmp_path / "study")
    assert [job.state for job in list_jobs(opened.database)] == [JobState.FAILED]
    opened.database.dispose()


def test_a_damaged_model_is_told_and_exits_with_1(run: Run, server: FileServer, tmp_path: Path) -> None:
    run("get", "yolo11x", "--accept-license")
    (tmp_path / "study" / "weights" / "yolo11x.pt").write_bytes(CONTENT[:-1])
    code, out, err = run("verify", "yolo11x")
    assert code == 1
    assert "damaged" in out
    assert err == "Not usable as it is: yolo11x.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("get",), "Name the models to get, or give --all-recommended"),
        (("get", "yolo99"), "There is no model 'yolo99' in the catalog"),
        (("remove", "yolo99"), "There is no model 'yolo99' in the catalog"),
        (("verify", "yolo99"), "There is no model 'yolo99' in the catalog"),
    ],
)
def test_a_name_that_is_none_is_one_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    code, _, err = run(*arguments)
    assert code == 1
    assert sentence in err

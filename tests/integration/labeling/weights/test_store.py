"""Models of a catalog in a folder: fetched, verified, removed, and their licenses."""

import dataclasses
import hashlib
import io
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from core.errors import DownloadError, WorkspaceError
from core.progress import SilentProgress
from core.settings import models as defaults
from core.settings.models import ModelsSettings
from labeling.weights import store as module
from labeling.weights.catalog import License, Member, Model, WeightsFile
from labeling.weights.download import Patience
from labeling.weights.store import RECORD, Soundness, WeightsStore
from tests.integration.labeling.weights.file_server import FileServer, begin_of, say

WEIGHTS = random.Random(11).randbytes(200_000)
CONFIG = b'{"hidden_size": 8}'
QUICK = Patience(silence_s=5.0, tries=2, first_wait_s=0.0)
ROOT = Path(__file__).parents[4]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def a_model(*files: WeightsFile, gated: bool = False) -> Model:
    return Model(
        name="small",
        stage="image",
        title="A small one",
        publisher="hugging_face",
        page="https://models.invalid/small",
        license=License("MIT", "Keep the notice.", "https://models.invalid/mit"),
        files=files
        or (
            WeightsFile("small/config.json", "us/small/config.json", len(CONFIG), exact=False),
            WeightsFile("small/model.safetensors", "us/small/model.safetensors", len(WEIGHTS), digest(WEIGHTS)),
        ),
        setting="image_model",
        value="us/small",
        package="transformers",
        gated=gated,
    )


def a_store(folder: Path, *servers: FileServer, token: str = "") -> WeightsStore:
    for server in servers:
        server.files.setdefault("/us/small/config.json", CONFIG)
        server.files.setdefault("/us/small/model.safetensors", WEIGHTS)
    settings = ModelsSettings(hugging_face=tuple(server.url for server in servers))
    return WeightsStore(folder, settings, {"HF_TOKEN": token} if token else {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "weights"


def got(store: WeightsStore, model: Model) -> module.Verified:
    store.accept([model])
    return store.get(model, SilentProgress(), QUICK)


def test_a_model_is_fetched_whole_and_what_is_unchecked_is_said(folder: Path, server: FileServer) -> None:
    store, model = a_store(folder, server), a_model()
    found = got(store, model)
    assert (folder / "small" / "model.safetensors").read_bytes() == WEIGHTS
    assert (folder / "small" / "config.json").read_bytes() == CONFIG
    assert found.soundness is Soundness.UNCHECKED
    assert "small/config.json" in found.remark
    assert "unchecked" in found.remark
    assert "safetensors" not in found.remark
    assert not list(folder.rglob("*.download*"))


def test_nothing_is_asked_of_a_server_before_the_license_is_accepted(folder: Path, server: FileServer) -> None:
    store, model = a_store(folder, server), a_model()
    with pytest.raises(
        DownloadError, match=r"^small is under MIT, which nobody has accepted.*`telltale models get small`"
    ):
        store.get(model, SilentProgress())
    assert server.requests == []


def test_an_accepted_license_is_remembered_until_the_model_has_another(folder: Path, server: FileServer) -> None:
    a_store(folder, server).accept([a_model()])
    again = a_store(folder, server)
    assert again.accepted(a_model())
    other = dataclasses.replace(a_model(), license=License("AGPL-3.0", "Share.", "https://models.invalid/agpl"))
    assert not again.accepted(other)


def test_a_model_that_is_there_is_not_fetched_again(folder: Path, server: FileServer) -> None:
    store = a_store(folder, server)
    got(store, a_model())
    asked = len(server.requests)
    got(store, a_model())
    assert len(server.requests) == asked


def test_what_a_failed_download_had_is_kept_and_continued(folder: Path, server: FileServer) -> None:
    store, model = a_store(folder, server), a_model()

    def cut_once(request: Any, whole: bytes) -> bool:
        if "safetensors" not in request.path:
            return False
        if begin_of(request):
            say(request, 404, Content_Length=0)
            return True
        say(request, 200, Content_Length=len(whole))
        request.wfile.write(whole[:150_000])
        return True

    server.misbehave = cut_once
    with pytest.raises(DownloadError, match=r"model.safetensors could not be fetched"):
        got(store, model)
    assert (folder / "small" / "config.json").is_file()
    assert not (folder / "small" / "model.safetensors").exists()
    assert store.fetched_bytes(model) == len(CONFIG) + 150_000
    server.misbehave = None
    got(store, model)
    assert server.ranges[-1] == "bytes=150000-"
    assert store.verify(model, SilentProgress()).soundness is Soundness.UNCHECKED


def test_a_killed_download_goes_on_from_what_had_come(folder: Path, server: FileServer, tmp_path: Path) -> None:
    whole = random.Random(3).randbytes(2_000_000)
    file = WeightsFile("a.pt", "a.pt", len(whole), digest(whole))
    server.files["/a.pt"] = whole

    def slowly(request: Any, content: bytes) -> bool:
        say(request, 200, Content_Length=len(content))
        try:
            for start in range(0, len(content), 50_000):
                request.wfile.write(content[start : start + 50_000])
                time.sleep(0.02)
        except OSError:
            return True
        return True

    program = (
        "import sys; from pathlib import Path; from core.progress import SilentProgress; "
        "from labeling.weights.download import Wanted, fetch; "
        f"fetch(Wanted(({server.url + '/a.pt'!r},), Path({str(folder / 'a.pt')!r}), {len(whole)}, True, "
        f"{digest(whole)!r}), SilentProgress())"
    )
    server.misbehave = slowly
    folder.mkdir()
    part = folder / ".a.pt.download"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as running:
        while not (part.is_file() and part.stat().st_size > 100_000):
            assert running.poll() is None
            time.sleep(0.01)
        os.kill(running.pid, signal.SIGKILL)
    had = part.stat().st_size
    assert 100_000 < had < len(whole)
    server.misbehave = None
    assert got(a_store(folder, server), a_model(file)).soundness is Soundness.WHOLE
    assert server.ranges[-1] == f"bytes={had}-"
    assert (folder / "a.pt").read_bytes() == whole


def test_a_full_disk_is_told_before_anything_is_fetched(
    folder: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 50_000_000

    monkeypatch.setattr("labeling.weights.download.shutil.disk_usage", lambda path: Usage)
    with pytest.raises(DownloadError, match=r"has 50.0 MB free, and 200 kB are needed; make room first"):
        got(a_store(folder, server), a_model())
    assert server.requests == []


def test_a_changed_byte_is_found_whether_the_digest_was_published_or_only_recorded(
    folder: Path, server: FileServer
) -> None:
    for name in ("config.json", "model.safetensors"):
        store, model = a_store(folder, server), a_model()
        got(store, model)
        path = folder / "small" / name
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        found = store.verify(model, SilentProgress())
        assert found.soundness is Soundness.DAMAGED
        assert name in found.remark
        store.remove(model)


def test_a_file_that_somebody_else_put_there_is_told_apart(folder: Path, server: FileServer) -> None:
    (folder / "small").mkdir(parents=True)
    (folder / "small" / "config.json").write_bytes(CONFIG)
    store, model = a_store(folder, server), a_model()
    assert store.verify(model, SilentProgress()).soundness is Soundness.INCOMPLETE
    (folder / "small" / "model.safetensors").write_bytes(WEIGHTS)
    found = store.verify(model, SilentProgress())
    assert found.soundness is Soundness.UNCHECKED
    assert "not fetched by Telltale" in found.remark


def test_a_removed_model_leaves_nothing_and_nothing_else_is_touched(folder: Path, server: FileServer) -> None:
    store, model = a_store(folder, server), a_model()
    got(store, model)
    (folder / "mine.pt").write_bytes(b"mine")
    (folder / ".model.safetensors.download").write_bytes(b"another's")
    assert store.remove(model) == len(WEIGHTS) + len(CONFIG)
    assert store.verify(model, SilentProgress()).soundness is Soundness.ABSENT
    assert not (folder / "small").exists()
    assert (folder / "mine.pt").read_bytes() == b"mine"
    assert store.remove(model) == 0


def refusing(request: Any, whole: bytes) -> bool:
    say(request, 403, Content_Length=0)
    return True


def test_a_gated_model_says_where_to_ask_and_what_to_set(folder: Path, server: FileServer) -> None:
    server.misbehave = refusing
    with pytest.raises(DownloadError, match=r"accept its terms at https://models.invalid/small, and set HF_TOKEN"):
        got(a_store(folder, server), a_model(gated=True))


def test_a_token_that_has_no_access_is_told_and_not_shown(
    folder: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HUGGING_FACE", server.url)
    server.misbehave = refusing
    with pytest.raises(DownloadError, match=r"the account of HF_TOKEN may not have it: ask for it at") as caught:
        got(a_store(folder, server, token="hf_secret"), a_model(gated=True))
    assert server.requests[0][1]["Authorization"] == "Bearer hf_secret"
    assert "hf_secret" not in str(caught.value)


def test_the_token_goes_to_the_hub_and_to_nobody_it_leads_to(
    folder: Path, server: FileServer, mirror: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HUGGING_FACE", server.url)
    elsewhere = mirror.url.replace("127.0.0.1", "localhost")

    def redirect(request: Any, whole: bytes) -> bool:
        say(request, 302, Location=f"{elsewhere}{request.path}", Content_Length=0)
        return True

    store = a_store(folder, server, mirror, token="hf_secret")
    server.misbehave = redirect
    got(store, a_model())
    assert all(fields["Authorization"] == "Bearer hf_secret" for _, fields in server.requests)
    assert mirror.requests
    assert not any("Authorization" in fields for _, fields in mirror.requests)


def test_a_mirror_gets_no_token(folder: Path, server: FileServer) -> None:
    got(a_store(folder, server, token="hf_secret"), a_model())
    assert server.url != defaults.HUGGING_FACE
    assert not any("Authorization" in fields for _, fields in server.requests)


def test_a_token_of_odd_characters_is_one_sentence(folder: Path, server: FileServer) -> None:
    with pytest.raises(DownloadError, match=r"^The variable HF_TOKEN holds something that is no token"):
        got(a_store(folder, server, token="hf_é"), a_model())


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"20231122/onnx/{name}.onnx", content)
    return packed.getvalue()


def packed_model(archive: bytes, *, known: bool = True) -> Model:
    member = Member("end2end.onnx", len(WEIGHTS), digest(WEIGHTS) if known else None)
    return a_model(
        WeightsFile("a.onnx", "a.zip", len(archive), digest(archive) if known else None, exact=known, member=member)
    )


@pytest.mark.parametrize("known", [True, False])
def test_the_wanted_file_of_an_archive_lands_under_its_own_name(folder: Path, server: FileServer, known: bool) -> None:
    archive = zipped(end2end=WEIGHTS, other=b"no")
    server.files["/a.zip"] = archive
    store, model = a_store(folder, server), packed_model(archive, known=known)
    assert got(store, model).soundness is (Soundness.WHOLE if known else Soundness.UNCHECKED)
    assert (folder / "a.onnx").read_bytes() == WEIGHTS
    assert sorted(path.name for path in folder.iterdir()) == [".models.json.lock", "a.onnx", RECORD]
    assert store.verify(model, SilentProgress()).soundness is (Soundness.WHOLE if known else Soundness.UNCHECKED)


@pytest.mark.parametrize(
    ("archive", "sentence"),
    [
        (zipped(other=b"no"), r"a.onnx: the archive that was fetched has 0 files named end2end.onnx"),
        (b"PK" + b"x" * 1000, r"a.onnx: the archive that was fetched cannot be unpacked"),
        (zipped(end2end=b"\0" * 5_000_000), r"a.onnx: end2end.onnx of the archive is larger than 400,000 bytes"),
    ],
    ids=["without it", "no archive", "a bomb"],
)
def test_an_archive_of_unknown_digest_is_not_trusted(
    folder: Path, server: FileServer, archive: bytes, sentence: str
) -> None:
    server.files["/a.zip"] = archive
    with pytest.raises(DownloadError, match=sentence):
        got(a_store(folder, server), packed_model(archive, known=False))
    assert not (folder / "a.onnx").exists()
    assert not list(folder.glob(".a.onnx*"))


def test_a_record_that_cannot_be_read_says_what_to_do(folder: Path, server: FileServer) -> None:
    folder.mkdir()
    (folder / RECORD).write_text('{"files": 3}', encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"models.json cannot be read: files: .*; delete it: no model is lost"):
        a_store(folder, server).accepted(a_model())

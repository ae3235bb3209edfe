"""Fetching a file from servers that cut, lie, drip, redirect and refuse."""

import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.errors import DownloadError, JobCancelledError
from core.progress import Progress, SilentProgress
from labeling.weights import download
from labeling.weights.download import Patience, Wanted, fetch
from tests.integration.labeling.weights.file_server import FileServer, begin_of, say, serve_well

WHOLE = random.Random(7).randbytes(300_000)
QUICK = Patience(silence_s=5.0, tries=4, first_wait_s=0.0)


def wanted(folder: Path, *servers: FileServer, digest: bool = True, exact: bool = True) -> Wanted:
    for server in servers:
        server.files.setdefault("/a.pt", WHOLE)
    return Wanted(
        addresses=tuple(f"{server.url}/a.pt" for server in servers),
        target=folder / "a.pt",
        size=len(WHOLE) if exact else len(WHOLE) - 1000,
        exact=exact,
        sha256=hashlib.sha256(WHOLE).hexdigest() if digest else None,
    )


def fetched(one: Wanted, progress: Progress | None = None, patience: Patience = QUICK) -> bytes:
    fetch(one, progress or SilentProgress(), patience)
    return one.part.read_bytes()


def cutting(every: int) -> Callable[[Any, bytes], bool]:
    """Each answer promises the rest and ends after `every` bytes."""

    def answer(request: Any, whole: bytes) -> bool:
        begin = begin_of(request)
        fields = {"Content_Range": f"bytes {begin}-{len(whole) - 1}/{len(whole)}"} if begin else {}
        say(request, 206 if begin else 200, Content_Length=len(whole) - begin, ETag='"1"', **fields)
        request.wfile.write(whole[begin : begin + every])
        return True

    return answer


@pytest.mark.parametrize("digest", [True, False])
def test_a_download_that_is_cut_again_and_again_goes_on_where_it_stopped(
    tmp_path: Path, server: FileServer, digest: bool
) -> None:
    server.misbehave = cutting(70_000)
    assert fetched(wanted(tmp_path, server, digest=digest)) == WHOLE
    assert server.ranges == ["", "bytes=70000-", "bytes=140000-", "bytes=210000-", "bytes=280000-"]


def test_a_server_that_always_stops_at_the_same_byte_is_given_up(tmp_path: Path, server: FileServer) -> None:
    def stop(request: Any, whole: bytes) -> bool:
        return cutting(max(0, 100_000 - begin_of(request)))(request, whole)

    server.misbehave = stop
    one = wanted(tmp_path, server)
    with pytest.raises(DownloadError, match=r"^a.pt could not be fetched. 127.0.0.1:\d+: it broke off"):
        fetch(one, SilentProgress(), QUICK)
    assert len(server.requests) == QUICK.tries
    assert one.part.read_bytes() == WHOLE[:100_000]


def test_a_part_is_continued_at_a_mirror_where_the_digest_is_known(
    tmp_path: Path, server: FileServer, mirror: FileServer
) -> None:
    server.misbehave = lambda request, whole: cutting(100_000 if not begin_of(request) else 0)(request, whole)
    assert fetched(wanted(tmp_path, server, mirror)) == WHOLE
    assert mirror.ranges == ["bytes=100000-"]


def test_parts_of_two_servers_are_not_mixed_where_no_digest_would_tell(
    tmp_path: Path, server: FileServer, mirror: FileServer
) -> None:
    mirror.files["/a.pt"] = WHOLE[::-1]
    server.misbehave = lambda request, whole: cutting(100_000 if not begin_of(request) else 0)(request, whole)
    assert fetched(wanted(tmp_path, server, mirror, digest=False)) == WHOLE[::-1]
    assert mirror.ranges == [""]


def test_a_file_of_another_size_is_refused_before_it_is_read(tmp_path: Path, server: FileServer) -> None:
    server.files["/a.pt"] = WHOLE[:5]
    with pytest.raises(DownloadError, match="it has 5 bytes under this name, and 300,000 are right"):
        fetch(wanted(tmp_path, server), SilentProgress(), QUICK)
    assert len(server.requests) == 1


def test_other_bytes_of_the_right_length_are_thrown_away_and_the_next_server_is_asked(
    tmp_path: Path, server: FileServer, mirror: FileServer
) -> None:
    server.files["/a.pt"] = WHOLE[::-1]
    assert fetched(wanted(tmp_path, server, mirror)) == WHOLE
    assert (len(server.requests), mirror.ranges) == (1, [""])


def test_other_bytes_from_the_only_server_leave_nothing_behind(tmp_path: Path, server: FileServer) -> None:
    server.files["/a.pt"] = WHOLE[::-1]
    with pytest.raises(DownloadError, match=r"its file is not the publisher's \(its SHA-256 begins with"):
        fetch(wanted(tmp_path, server), SilentProgress(), QUICK)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_part_is_replaced_by_a_whole_download(tmp_path: Path, server: FileServer) -> None:
    one = wanted(tmp_path, server)
    one.part.write_bytes(b"x" * 1000)
    assert fetched(one) == WHOLE
    assert server.ranges == ["bytes=1000-", ""]


@pytest.mark.parametrize("exact", [True, False])
def test_a_server_that_never_ends_is_stopped(tmp_path: Path, server: FileServer, exact: bool) -> None:
    def flood(request: Any, whole: bytes) -> bool:
        say(request, 200, Transfer_Encoding="chunked")
        try:
            while True:
                request.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        except OSError:
            return True

    server.misbehave = flood
    with pytest.raises(DownloadError, match=r"it sends more bytes than the (about )?\d+,000 of the file"):
        fetch(wanted(tmp_path, server, exact=exact), SilentProgress(), QUICK)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_ignores_ranges_is_read_from_the_beginning(tmp_path: Path, server: FileServer) -> None:
    def ignore(request: Any, whole: bytes) -> bool:
        say(request, 200, Content_Length=len(whole))
        request.wfile.write(whole if begin_of(request) else whole[:100_000])
        return True

    server.misbehave = ignore
    assert fetched(wanted(tmp_path, server)) == WHOLE
    assert server.ranges == ["", "bytes=100000-"]


@pytest.mark.parametrize("said", ["bytes 0-299999/300000", "bytes 99999-299999/300000", "half of it", ""])
def test_another_part_than_was_asked_for_is_not_appended(tmp_path: Path, server: FileServer, said: str) -> None:
    one = wanted(tmp_path, server)
    one.part.write_bytes(WHOLE[:100_000])

    def other(request: Any, whole: bytes) -> bool:
        if not begin_of(request):
            return False
        say(request, 206, Content_Range=said, Content_Length=5)
        request.wfile.write(b"xxxxx")
        return True

    server.misbehave = other
    assert fetched(one) == WHOLE
    assert server.ranges == ["bytes=100000-", ""]


def test_a_file_that_changed_meanwhile_is_fetched_anew(tmp_path: Path, server: FileServer) -> None:
    def change(request: Any, whole: bytes) -> bool:
        if begin_of(request):
            return False
        cut = cutting(100_000)(request, whole)
        server.files["/a.pt"], server.tags["/a.pt"] = WHOLE[::-1], '"2"'
        server.misbehave = None
        return cut

    server.misbehave = change
    assert fetched(wanted(tmp_path, server, digest=False)) == WHOLE[::-1]
    assert server.requests[1][1]["If-Range"] == '"1"'


def test_a_part_without_a_note_is_not_continued_where_no_digest_would_tell(tmp_path: Path, server: FileServer) -> None:
    one = wanted(tmp_path, server, digest=False)
    one.part.write_bytes(b"x" * 1000)
    one.part_note.write_text("{", encoding="utf-8")
    assert fetched(one) == WHOLE


def test_a_kill_between_the_last_byte_and_the_name_costs_one_question(tmp_path: Path, server: FileServer) -> None:
    one = wanted(tmp_path, server, digest=False, exact=False)
    fetch(one, SilentProgress(), QUICK)
    assert fetched(one) == WHOLE
    assert server.ranges == ["", "bytes=300000-"]


def test_a_whole_part_is_asked_of_nobody(tmp_path: Path, server: FileServer) -> None:
    one = wanted(tmp_path, server)
    one.part.write_bytes(WHOLE)
    assert fetched(one) == WHOLE
    assert server.requests == []


def test_a_cut_that_nothing_would_tell_is_refused(tmp_path: Path, server: FileServer) -> None:
    def endless_by_form(request: Any, whole: bytes) -> bool:
        say(request, 200)
        request.wfile.write(whole[:50_000])
        return True

    server.misbehave = endless_by_form
    with pytest.raises(DownloadError, match="it does not say how long the file is"):
        fetch(wanted(tmp_path, server, digest=False, exact=False), SilentProgress(), QUICK)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, r"it does not have the file \(404 Not Found\)"),
        (410, r"it does not have the file \(410 Gone\)"),
        (403, r"it answers 403 Forbidden; it wants a login"),
        (401, r"it answers 401 Unauthorized; it wants a login"),
        (204, r"it answers 204 No Content"),
        (418, r"it answers 418"),
    ],
)
def test_a_refusal_is_told_with_its_server_and_the_next_one_is_asked(
    tmp_path: Path, server: FileServer, mirror: FileServer, status: int, sentence: str
) -> None:
    def refuse(request: Any, whole: bytes) -> bool:
        say(request, status, Content_Length=0)
        return True

    server.misbehave = refuse
    with pytest.raises(DownloadError, match=sentence):
        fetch(wanted(tmp_path, server), SilentProgress(), QUICK)
    assert len(server.requests) == 1
    assert fetched(wanted(tmp_path, server, mirror)) == WHOLE


def test_a_server_that_is_busy_is_asked_again(tmp_path: Path, server: FileServer) -> None:
    def busy(request: Any, whole: bytes) -> bool:
        if len(server.requests) > 2:
            return False
        say(request, 503 if len(server.requests) == 1 else 429, Retry_After="0", Content_Length=0)
        return True

    server.misbehave = busy
    assert fetched(wanted(tmp_path, server)) == WHOLE


def test_a_web_page_is_not_taken_for_the_file(tmp_path: Path, server: FileServer) -> None:
    def log_in(request: Any, whole: bytes) -> bool:
        say(request, 200, Content_Type="text/html; charset=utf-8", Content_Length=len(WHOLE))
        request.wfile.write(WHOLE)
        return True

    server.misbehave = log_in
    with pytest.raises(DownloadError, match="it answers with a web page, as a login or a proxy does"):
        fetch(wanted(tmp_path, server), SilentProgress(), QUICK)


def test_redirects_are_followed_with_the_range(tmp_path: Path, server: FileServer, mirror: FileServer) -> None:
    one = wanted(tmp_path, server)
    one.part.write_bytes(WHOLE[:1000])
    mirror.files["/far/away"] = WHOLE

    def redirect(request: Any, whole: bytes) -> bool:
        say(request, 302, Location=f"{mirror.url}/far/away?signed=1", Content_Length=0)
        return True

    server.misbehave = redirect
    mirror.misbehave = lambda request, whole: serve_well(request, WHOLE, '"1"') is None
    assert fetched(one) == WHOLE
    assert mirror.requests[0][0] == "/far/away?signed=1"
    assert mirror.ranges == ["bytes=1000-"]


def test_a_circle_of_redirects_ends(tmp_path: Path, server: FileServer) -> None:
    def circle(request: Any, whole: bytes) -> bool:
        say(request, 302, Location="/a.pt", Content_Length=0)
        return True

    server.misbehave = circle
    with pytest.raises(DownloadError, match="from one address to the next"):
        fetch(wanted(tmp_path, server), SilentProgress(), QUICK)


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("http://elsewhere.example/a.pt", "it leads from https to http://elsewhere.example"),
        ("ftp://elsewhere.example/a.pt", "it leads from https to ftp://elsewhere.example"),
    ],
)
def test_a_redirect_that_gives_up_encryption_or_the_web_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str, sentence: str
) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(302, headers={"Location": location}))
    monkeypatch.setattr(download, "_client", lambda patience: httpx.Client(transport=transport))
    one = Wanted(("https://models.invalid/a.pt",), tmp_path / "a.pt", 5, True, None)
    with pytest.raises(DownloadError, match=sentence):
        fetch(one, SilentProgress(), QUICK)


def drip(request: Any, whole: bytes) -> bool:
    """A byte each hundredth of a second."""
    begin = begin_of(request)
    say(request, 206, Content_Length=len(whole) - begin, Content_Range=f"bytes {begin}-{len(whole) - 1}/{len(whole)}")
    try:
        for number in range(begin, len(whole)):
            request.wfile.write(whole[number : number + 1])
            time.sleep(0.01)
    except OSError:
        return True
    return True


def test_a_drip_counts_as_a_cut(tmp_path: Path, server: FileServer) -> None:
    one = wanted(tmp_path, server)
    one.part.write_bytes(WHOLE[:1000])
    server.misbehave = drip
    with pytest.raises(DownloadError, match=r"it sent no more than \d+ bytes in 0.1 s"):
        fetch(one, SilentProgress(), Patience(silence_s=0.1, tries=2, first_wait_s=0.0))


def test_a_slow_server_that_gives_enough_is_read_to_its_end(tmp_path: Path, server: FileServer) -> None:
    one = wanted(tmp_path, server)
    one.part.write_bytes(WHOLE[:-20])
    server.misbehave = drip
    assert fetched(one, patience=Patience(silence_s=0.1, tries=2, first_wait_s=0.0, worth_bytes=2)) == WHOLE


def test_a_silent_server_is_given_up(tmp_path: Path, server: FileServer) -> None:
    server.misbehave = lambda request, whole: time.sleep(0.3) is None
    with pytest.raises(DownloadError, match=r"it was silent for 0.1 s"):
        fetch(wanted(tmp_path, server), SilentProgress(), Patience(silence_s=0.1, tries=2, first_wait_s=0.0))


def test_a_machine_without_a_network_is_told_so(tmp_path: Path) -> None:
    one = Wanted(("http://127.0.0.1:9/a.pt",), tmp_path / "a.pt", 5, True, None)
    with pytest.raises(DownloadError, match=r"127.0.0.1:9: it cannot be reached \(Connection refused\)"):
        fetch(one, SilentProgress(), QUICK)


def test_a_cancel_is_heard_while_bytes_come_and_keeps_what_came(tmp_path: Path, server: FileServer) -> None:
    class Cancelled(SilentProgress):
        def raise_if_cancelled(self) -> None:
            if one.part.stat().st_size > 1010:
                raise JobCancelledError("Job 1 was cancelled.")

        def report(self, fraction: float, message: str) -> None:
            said.append(message)

    said: list[str] = []
    one = wanted(tmp_path, server)
    one.part.write_bytes(WHOLE[:1011])
    server.misbehave = drip
    with pytest.raises(JobCancelledError):
        fetch(one, Cancelled(), QUICK)
    assert one.part.read_bytes() == WHOLE[: one.part.stat().st_size]


def test_a_cancel_is_heard_while_it_waits(tmp_path: Path, server: FileServer) -> None:
    class Cancelled(SilentProgress):
        def raise_if_cancelled(self) -> None:
            raise JobCancelledError("Job 1 was cancelled.")

    server.misbehave = lambda request, whole: say(request, 503, Retry_After="30", Content_Length=0) is None
    with pytest.raises(JobCancelledError):
        fetch(wanted(tmp_path, server), Cancelled(), QUICK)


def test_the_proxy_of_the_environment_is_used(
    tmp_path: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    server.files["/a.pt"] = WHOLE
    one = Wanted(("http://models.invalid/a.pt",), tmp_path / "a.pt", len(WHOLE), True, None)
    assert fetched(one) == WHOLE
    assert server.requests[0][0] == "http://models.invalid/a.pt"


def test_a_host_that_the_environment_exempts_is_asked_without_the_proxy(
    tmp_path: Path, server: FileServer, mirror: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", mirror.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert fetched(wanted(tmp_path, server)) == WHOLE
    assert mirror.requests == []


def test_a_proxy_that_is_none_is_one_sentence(
    tmp_path: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "carrier-pigeon://home")
    with pytest.raises(DownloadError, match=r"^The proxy that the environment names cannot be used"):
        fetch(wanted(tmp_path, server), SilentProgress(), QUICK)


def test_progress_tells_bytes_in_few_steps(tmp_path: Path, server: FileServer) -> None:
    class Told(SilentProgress):
        def report(self, fraction: float, message: str) -> None:
            said.append((fraction, message))

    said: list[tuple[float, str]] = []
    fetched(wanted(tmp_path, server), Told())
    assert said[-1] == (1.0, "a.pt: checking")
    assert said[-2] == (1.0, "a.pt: 300 kB of 300 kB")
    assert len(said) <= 22

"""What a page of another port, another name, a frame, an old token, a former member and a curious reviewer get.

Each attempt is made in a real browser against a real server. `-s` prints the table of what each of them got.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from playwright.sync_api import Browser, Page, expect

from app.login import SECRETS_FILE
from app.tokens import Tokens
from core.types.clips import Clip
from core.workspace import open_workspace
from db import decisions, jobs
from db.engine import open_database
from tests.browser.conftest import ServedWorkspace, free_port, new_page, serving
from tests.browser.review_page import ReviewPage
from tests.fakes.oidc import CLIENT_ID, CLIENT_SECRET, oidc_provider
from tests.integration.app.review_study import SECRET_REASON, ReviewStudy

pytestmark = pytest.mark.long  # servers and browsers of its own

_FETCH = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return answer.type === "opaque" ? "opaque" : `${answer.status} ${await answer.text()}`;
  } catch (error) {
    return `${error}`;
  }
}"""
_SOCKET = """url => new Promise((done) => {
  const socket = new WebSocket(url, ["streamlit"]);
  socket.onopen = () => done("open");
  socket.onerror = () => done("refused");
})"""
_ELEMENT = """([kind, url]) => new Promise((done) => {
  const element = document.createElement(kind);
  element.onload = () => done("loaded");
  element.onerror = () => done("refused");
  element.src = url;
  document.body.append(element);
})"""
BLOCKED = "TypeError: Failed to fetch"


@dataclass
class OtherServer:
    """A program on another port of this machine; `cookies`: what browsers sent it."""

    url: str = ""
    cookies: list[str] = field(default_factory=list)


@contextmanager
def other_server() -> Iterator[OtherServer]:
    told = OtherServer()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.cookies.append(self.headers.get("Cookie") or "")
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>another</title><body>")

        def log_message(self, *_: object) -> None:
            """Nothing on the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://localhost:{server.server_port}"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


class Table:
    """The attempts of this module with what each got."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str]] = []

    def got(self, who: str, attempt: str, answer: object, expected: object) -> None:
        """Notes an attempt and asserts what it got."""
        self._rows.append((who, attempt, str(answer)[:100]))
        assert answer == expected, (who, attempt)

    def print(self) -> None:
        print("\n| from | attempt | got |\n|---|---|---|")
        for row in self._rows:
            print("| " + " | ".join(row) + " |")


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    made = Table()
    yield made
    made.print()


@dataclass
class Target:
    """The served study, a clip that nobody has judged, and the reviewer's own token."""

    served: ServedWorkspace
    clip: Clip
    token: str

    @property
    def sockets(self) -> str:
        return self.served.url.replace("http", "ws")

    def media(self) -> str:
        tokens = Tokens(self.served.workspace.signing_key(), 1)
        return self.served.url + tokens.media_url(self.clip.id, "video", self.served.reviewer_id)

    def decisions(self) -> int:
        with self.served.database.read() as connection:
            return len(decisions.history(connection, self.clip.id))

    def skip(self, **more: Any) -> dict[str, Any]:
        """A complete decision, as the own page would post it."""
        body = f'{{"token": "{"a" * 32}", "clip_id": {self.clip.id}, "kind": "skip"}}'
        return {"method": "POST", "body": body, "headers": {"Authorization": f"Bearer {self.token}"}, **more}


@pytest.fixture
def target(served_workspace: ServedWorkspace) -> Target:
    clip = served_workspace.study.add_clips(1)[0]
    tokens = Tokens(served_workspace.workspace.signing_key(), 1)
    return Target(served_workspace, clip, tokens.reviewer_token(served_workspace.reviewer_id))


@pytest.fixture
def other(page_of_its_own: Page, target: Target) -> Iterator[tuple[Page, OtherServer]]:
    """A page of another port, in a browser that has used the app and remembers its reviewer."""
    page_of_its_own.goto(f"{target.served.url}/library")
    expect(page_of_its_own.get_by_test_id("stSidebar").get_by_role("combobox")).to_have_value("Ada")
    with other_server() as server:
        page_of_its_own.goto(server.url)
        yield page_of_its_own, server
        page_of_its_own.goto("about:blank")


def test_another_port_reads_and_changes_nothing(other: tuple[Page, OtherServer], target: Target, table: Table) -> None:
    page, _ = other
    url = target.served.url
    for path in ("/review", "/_stcore/host-config", f"/api/review/clips/{target.clip.id}"):
        told = page.evaluate(_FETCH, [url + path, {"credentials": "include"}])
        table.got("another port", f"fetch {path}", told, BLOCKED)
    told = page.evaluate(_FETCH, [f"{url}/api/review/decisions", target.skip()])
    table.got("another port", "post a decision, with a token that leaked", told, BLOCKED)
    simple = {"method": "POST", "mode": "no-cors", "body": "{}", "credentials": "include"}
    for path in ("/api/review/decisions", "/_stcore/upload_file/a/b"):
        told = page.evaluate(_FETCH, [url + path, simple])
        table.got("another port", f"post to {path} without reading the answer", told, BLOCKED)
    table.got("another port", "decisions stored by all of it", target.decisions(), 0)


def test_another_port_opens_no_socket_and_so_presses_no_button(
    other: tuple[Page, OtherServer], target: Target, table: Table
) -> None:
    page, _ = other
    told = page.evaluate(_SOCKET, f"{target.sockets}/_stcore/stream")
    table.got("another port", "open Streamlit's WebSocket", told, "refused")
    told = page.evaluate(_SOCKET, f"{target.sockets.replace('localhost', '127.0.0.1')}/_stcore/stream")
    table.got("another port", "open it by the machine's other name", told, "refused")
    with target.served.database.read() as connection:
        table.got("another port", "jobs started by it", len(jobs.all(connection)), 0)


def test_another_port_gets_no_cookie_that_names_anybody_and_can_make_nobody_somebody_else(
    other: tuple[Page, OtherServer], target: Target, table: Table
) -> None:
    page, server = other
    tokens = Tokens(target.served.workspace.signing_key(), 1)
    memory = tokens.memory(target.served.reviewer_id)
    page.reload()
    seen = page.evaluate("document.cookie") + server.cookies[-1]
    table.got("another port", "cookies with the token or the memory", [one for one in (memory, ".") if one in seen], [])
    table.got("another port", "memories in its storage", page.evaluate("localStorage.length"), 0)
    page.evaluate("([name, value]) => { document.cookie = `${name}=${value}; Path=/`; }", [tokens.cookie, memory])
    page.goto(f"{target.served.url}/library")
    who = page.get_by_test_id("stSidebar").get_by_role("combobox")
    expect(who).to_have_value("")
    table.got("another port", "write a reviewer's memory into the cookie: the page asks", who.input_value(), "")


def test_a_browser_that_was_closed_forgets_the_reviewer(page_of_its_own: Page, target: Target) -> None:
    who = page_of_its_own.get_by_test_id("stSidebar").get_by_role("combobox")
    page_of_its_own.goto(f"{target.served.url}/library")
    expect(who).to_have_value("Ada")
    page_of_its_own.context.clear_cookies()  # as closing does: those without an end go, the storage stays
    page_of_its_own.reload()
    expect(who).to_have_value("")


def test_another_port_frames_nothing_and_loads_nothing_of_the_app(
    other: tuple[Page, OtherServer], target: Target, table: Table
) -> None:
    page, _ = other
    page.evaluate(
        "url => { const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame); }",
        f"{target.served.url}/train",
    )
    frame = page.frame_locator("iframe")
    expect(frame.locator("body")).not_to_be_empty()
    table.got("a frame", "show the app in an iframe", page.frames[1].url, "chrome-error://chromewebdata/")
    told = page.evaluate(_ELEMENT, ["script", f"{target.served.url}/review/assets/x/review.js"])
    table.got("another port", "run a script of ours", told, "refused")
    told = page.evaluate(_ELEMENT, ["video", target.media()])
    table.got("another port", "show a video by an address that leaked", told, "refused")
    with page.expect_popup() as opened:
        page.evaluate("url => { window.opened = window.open(url); }", f"{target.served.url}/library")
    opened.value.wait_for_load_state()
    told = page.evaluate("() => { try { return window.opened.document.title; } catch (error) { return error.name; } }")
    table.got("another port", "open the app in a window and read it", told, "SecurityError")
    opened.value.close()


@pytest.fixture
def rebound(chromium: Browser) -> Iterator[Page]:
    """A browser that looks up evil.example as this machine."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    browser = chromium.browser_type.launch(
        executable_path=found,
        args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP evil.example 127.0.0.1"],
    )
    yield browser.new_page()
    browser.close()


def test_another_name_for_this_machine_is_answered_by_nothing(rebound: Page, target: Target, table: Table) -> None:
    evil = target.served.url.replace("localhost", "evil.example")
    for path in ("/", "/review", "/_stcore/health", "/review/assets/x/review.js"):
        answer = rebound.goto(evil + path)
        assert answer is not None
        assert "does not answer to the name evil.example" in answer.text()
        table.got("another name", f"open {path}", answer.status, 403)
    for path, options in (("/api/review/queues", {}), ("/api/review/decisions", target.skip())):
        told = rebound.evaluate(_FETCH, [evil + path, options])
        table.got("another name", f"{options.get('method', 'GET')} {path}, as its own page", told.split()[0], "403")
    told = rebound.evaluate(_SOCKET, f"{evil.replace('http', 'ws')}/_stcore/stream")
    table.got("another name", "open Streamlit's WebSocket, as its own page", told, "refused")
    table.got("another name", "decisions stored by it", target.decisions(), 0)


def test_a_token_of_yesterday_and_a_forged_one_get_nothing(
    page_of_its_own: Page, target: Target, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_of_its_own.goto(target.served.url)
    tokens = Tokens(target.served.workspace.signing_key(), 1)
    now = TimestampSigner.get_timestamp
    with monkeypatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda self: now(self) - 13 * 3600)
        stale, stale_video = tokens.reviewer_token(target.served.reviewer_id), target.media()
    forged = Tokens("f" * 64, 1).reviewer_token(target.served.reviewer_id)
    for name, token in (("a stale token", stale), ("a forged token", forged), ("a memory", tokens.memory(1))):
        headers = {"Authorization": f"Bearer {token}"}
        told = page_of_its_own.evaluate(_FETCH, [f"{target.served.url}/api/review/queues", {"headers": headers}])
        table.got(name, "read the queues", told.split()[0], "401")
        told = page_of_its_own.evaluate(
            _FETCH, [f"{target.served.url}/api/review/decisions", target.skip(headers=headers)]
        )
        table.got(name, "post a decision", told.split()[0], "401")
    told = page_of_its_own.evaluate(_FETCH, [stale_video, {}])
    table.got("a stale token", "a video by an address of yesterday", told.split()[0], "401")
    table.got("a stale token", "decisions stored by all of them", target.decisions(), 0)


def test_a_reviewer_sees_no_answer_before_their_own(page: Page, target: Target, table: Table) -> None:
    url, clip = target.served.url, target.clip
    ReviewPage.open(page, target.served, clip)
    headers = {"headers": {"Authorization": f"Bearer {target.token}"}}
    for path in ("rationale", "rationale?pseudo_label=1"):
        told = page.evaluate(_FETCH, [f"{url}/api/review/clips/{clip.id}/{path}", headers])
        assert SECRET_REASON not in told
        table.got("a reviewer before judging", f"GET {path}", told.split()[0], "403")
    told = page.evaluate(_FETCH, [f"{url}/api/review/clips/{clip.id}", headers])
    table.got("a reviewer before judging", "labels in what the clip's route tells", "negative" in told, False)
    assert SECRET_REASON not in page.content()
    page.goto(f"{url}/review?clip={clip.id}&answer=1&t=inf")
    expect(page.get_by_test_id("review-root")).to_be_visible()
    table.got("a reviewer before judging", "a link to the answer", SECRET_REASON in page.content(), False)
    page.goto(f"{url}/review?clip={'9' * 5000}&t=nan&answer={2**63}")
    expect(page.get_by_test_id("review-root")).to_be_visible()
    page.goto(f"{url}/library")
    expect(page.get_by_text("Its labels are hidden until you have judged it.")).to_be_visible()
    table.got("a reviewer before judging", "the reason in the Library", SECRET_REASON in page.content(), False)


@dataclass(frozen=True)
class Study:
    """A study with a login."""

    root: Path
    clip: Clip
    port: int

    def let_in(self, *members: str) -> None:
        (self.root / "telltale.toml").write_text(f'[server]\nlogin = "oidc"\nmembers = {list(members)}\n')


@contextmanager
def study_with_login(folder: Path) -> Iterator[Study]:
    root, port = folder / "workspace", free_port()
    root.mkdir()
    (folder / "videos").mkdir()
    database = open_database(open_workspace(root))
    clip = ReviewStudy(open_workspace(root), database, folder / "videos").add_clips(1)[0]
    database.dispose()
    with oidc_provider() as provider:
        provider.person = {"email": "ada@example.org", "email_verified": True}
        (root / SECRETS_FILE).write_text(
            f'[auth]\nredirect_uri = "http://localhost:{port}/oauth2callback"\n'
            'cookie_secret = "a secret of this test alone"\n'
            f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
            f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n'
        )
        yield Study(root, clip, port)


def test_a_member_who_was_taken_from_the_list_gets_nothing_with_what_is_still_open(
    chromium: Browser, table: Table, tmp_path: Path
) -> None:
    with study_with_login(tmp_path) as study, new_page(chromium) as page:
        study.let_in("ada@example.org")
        with serving(study.root, tmp_path / "first.log", study.port) as url:
            page.goto(url)
            page.get_by_role("button", name="Log in").click()
            page.get_by_text("ada@example.org").wait_for()
            with page.expect_request("**/api/review/**") as asked:
                page.goto(f"{url}/review?clip={study.clip.id}")
            headers = {"headers": {"Authorization": asked.value.headers["authorization"]}}
            clip = page.evaluate(_FETCH, [f"{url}/api/review/clips/{study.clip.id}", headers])
            video = url + clip.split('"url":"')[1].split('"')[0]
            assert page.evaluate(_FETCH, [video, {}]).startswith("200")
        study.let_in("grace@example.org")
        with serving(study.root, tmp_path / "second.log", study.port) as url:
            for what, address, options in (
                ("read a clip with the token of before", f"{url}/api/review/clips/{study.clip.id}", headers),
                ("a video by the address of before", video, {"cache": "no-store"}),
            ):
                told = page.evaluate(_FETCH, [address, options])
                table.got("a removed member", what, told.split()[0], "401")
            page.goto(f"{url}/library")
            page.get_by_text("ada@example.org is not among server.members").wait_for()
            table.got("a removed member", "clips on the page", "clip-001" in page.content(), False)


def test_no_page_of_ours_breaks_its_own_policy(page_of_its_own: Page, served_workspace: ServedWorkspace) -> None:
    broken: list[str] = []
    page_of_its_own.on(
        "console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None
    )
    for path in ("", "review", "library", "pseudo-labels", "train", "reviewers", "settings"):
        page_of_its_own.goto(f"{served_workspace.url}/{path}")
        page_of_its_own.get_by_role("heading").first.wait_for()
        page_of_its_own.wait_for_load_state("networkidle")
    assert broken == []

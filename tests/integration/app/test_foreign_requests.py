"""The whole application as it is served: the check who asks stands before the page, its files, the app and its sockets."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.opened_workspace import WORKSPACE_VARIABLE
from app.serve import application
from app.streamlit_files import first_page

HERE = "http://localhost:8501"
FILE = first_page().split('modulepreload" crossorigin href=".')[1].split('"')[0]
REACHED: list[str] = []


class StandIn:
    """Stands for Streamlit's app, and notes what reaches it."""

    def __init__(self) -> None:
        async def page(_: Any) -> HTMLResponse:
            return HTMLResponse("page")

        async def text(_: Any) -> PlainTextResponse:
            return PlainTextResponse("text")

        async def stream(socket: WebSocket) -> None:
            await socket.accept()
            await socket.close()

        methods = ["GET", "POST", "PUT", "DELETE"]
        routes = [Route("/page", page), WebSocketRoute("/_stcore/stream", stream)]
        self._app = Starlette(routes=[*routes, Route("/{path:path}", text, methods=methods)])

    def lifespan(self) -> Any:
        def live(_: Any) -> AbstractAsyncContextManager[None]:
            return nullcontext()

        return live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        REACHED.append(scope["path"])
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "telltale.toml").write_text('[server]\nnames = ["study.example.org"]\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(WORKSPACE_VARIABLE, str(folder))
        with TestClient(application(StandIn, pytest.fail, "127.0.0.1"), base_url=HERE) as client:
            yield client


@pytest.mark.parametrize(
    "path", ["/", "/train", FILE, "/_stcore/health", "/_stcore/host-config", "/api/review/queues", "/review/assets/x/y"]
)
def test_no_path_is_answered_under_another_name(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example:8501"})
    assert (answer.status_code, "evil.example" in answer.json()["error"]) == (403, True)
    assert client.get(path).status_code == 200


def test_a_name_of_the_settings_is_answered(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "study.example.org"}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://localhost:9000", "http://evil.example", "https://localhost:8501", "null", None]
)
def test_no_socket_is_opened_from_another_page(client: TestClient, origin: str | None) -> None:
    REACHED.clear()
    headers = {"Host": "localhost:8501"} | ({"Origin": origin} if origin else {})
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers=headers):
        pass
    assert REACHED == []


def test_the_own_page_opens_its_socket(client: TestClient) -> None:
    with client.websocket_connect("/_stcore/stream", headers={"Host": "localhost:8501", "Origin": HERE}):
        assert REACHED[-1] == "/_stcore/stream"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_another_port_changes_nothing_on_streamlits_own_routes_either(client: TestClient, method: str) -> None:
    REACHED.clear()
    for origin in ("http://localhost:9000", None):
        headers = {"Origin": origin} if origin else {}
        assert client.request(method, "/_stcore/upload_file/a/b", headers=headers).status_code == 403
    assert REACHED == []
    assert client.request(method, "/_stcore/upload_file/a/b", headers={"Origin": HERE}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/review", "/page"])
def test_no_page_may_frame_ours_nor_may_ours_send_anything_elsewhere(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self' data: blob: ws://localhost:8501 wss://localhost:8501"
    assert not [part for part in policy.values() if "*" in part or "http" in part]
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/", FILE, "/_stcore/health", "/api/nothing"])
def test_every_answer_is_of_the_type_it_says_and_tells_no_other_site_its_address(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    told = {
        name: headers[name] for name in ("x-content-type-options", "referrer-policy", "cross-origin-resource-policy")
    }
    assert set(told.values()) == {"nosniff", "same-origin"}

"""A small reviewed study and a client of the review routes, without a browser."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from streamlit.components.v2 import manifest_scanner

from app.routes import review_routes
from app.tokens import Tokens
from core.settings.review import ReviewSettings
from core.types.decisions import ReviewMode
from core.workspace import Workspace, open_workspace
from db import reviewers
from db.engine import open_database
from tests.integration.app.review_study import ReviewStudy

ORIGIN = "http://testserver"


@dataclass(frozen=True)
class RouteClient:
    """Requests without a server: each goes straight into the application."""

    app: Starlette

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self._send("GET", path, headers=headers)

    def post(self, path: str, *, json: Any, headers: dict[str, str]) -> httpx.Response:
        return self._send("POST", path, json=json, headers=headers)

    def post_bytes(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return self._send("POST", path, content=body, headers=headers)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(method, path, **request)

        return asyncio.run(send())


@dataclass
class ReviewClient:
    """Asks the routes as the page of one reviewer would. `workspace_now`: the last one is what the routes go by."""

    client: RouteClient
    study: ReviewStudy
    token: str
    reviewer_id: int
    workspace_now: list[Workspace]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(f"/api/review{path}", headers={"Authorization": f"Bearer {self.token}", **headers})

    def decide(self, clip_id: int, kind: str, **fields: Any) -> httpx.Response:
        """Posts a decision under a fresh token unless `token` is among the fields."""
        return self.post("/decisions", {"token": secrets.token_hex(16), "clip_id": clip_id, "kind": kind, **fields})

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.client.post(f"/api/review{path}", json=body, headers=self.own_headers())

    def own_headers(self) -> dict[str, str]:
        """What a browser sends with a change that the own page asks for."""
        return {"Authorization": f"Bearer {self.token}", "Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}

    def as_another(self, name: str) -> "ReviewClient":
        """The same study as a second reviewer sees it."""
        with self.study.database.write() as connection:
            other = reviewers.ensure(connection, name)
        token = Tokens(self.study.workspace.signing_key(), 1).reviewer_token(other.id)
        return replace(self, token=token, reviewer_id=other.id)


@pytest.fixture(scope="session", autouse=True)
def _packages_are_searched_once() -> Iterator[None]:
    """Streamlit reads the metadata of all packages whenever an app begins, which is most of the time of a page's test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def review_client(tmp_path: Path) -> Iterator[Callable[..., ReviewClient]]:
    """`review_client(mode, **review)`: a client on a workspace of its own, with these settings of reviewing."""
    opened = []

    def make(mode: ReviewMode = ReviewMode.BLIND, **review: Any) -> ReviewClient:
        workspace = open_workspace(tmp_path / f"workspace-{len(opened)}")
        settings = workspace.settings.model_copy(update={"review": ReviewSettings(mode=mode, **review)})
        workspace = replace(workspace, settings=settings)
        database = open_database(workspace)
        opened.append(database)
        videos = tmp_path / "videos"
        videos.mkdir(exist_ok=True)
        with database.write() as connection:
            reviewer = reviewers.ensure(connection, "Ada")
        now = [workspace]
        app = Starlette(routes=review_routes(lambda: now[-1], database, workspace.signing_key()))
        token = Tokens(workspace.signing_key(), 1).reviewer_token(reviewer.id)
        return ReviewClient(RouteClient(app), ReviewStudy(workspace, database, videos), token, reviewer.id, now)

    yield make
    for database in opened:
        database.dispose()


@pytest.fixture
def blind(review_client: Callable[..., ReviewClient]) -> ReviewClient:
    return review_client()


@pytest.fixture
def assisted(review_client: Callable[..., ReviewClient]) -> ReviewClient:
    return review_client(ReviewMode.ASSISTED)

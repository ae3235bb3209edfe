"""With a login, each request asks again whether its reviewer is still a member."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.settings.server import ServerSettings
from db import decisions
from tests.integration.app.conftest import ReviewClient


@pytest.fixture
def member(review_client: Callable[..., ReviewClient]) -> ReviewClient:
    """Ada, by her address, in a study whose members she is among."""
    client = review_client().as_another("ada@example.org")
    set_server(client, login="oidc", members=("ada@example.org",))
    client.study.add_clips(1)
    return client


def set_server(client: ReviewClient, **server: Any) -> None:
    """Puts these settings in force, as the Settings page does while the app runs."""
    now = client.workspace_now[-1]
    client.workspace_now.append(
        replace(now, settings=now.settings.model_copy(update={"server": ServerSettings(**server)}))
    )


def test_who_was_taken_from_the_members_reads_nothing_with_the_token_of_before(member: ReviewClient) -> None:
    assert member.get("/clips/1").status_code == 200
    set_server(member, login="oidc", members=("grace@example.org",))
    for path in ("/clips/1", "/queues", "/clips/1/times", "/manual"):
        answer = member.get(path)
        assert (answer.status_code, answer.json()["error"]) == (
            401,
            "ada@example.org is not among server.members of this workspace; ask its lead.",
        )


def test_who_was_taken_from_the_members_decides_nothing(member: ReviewClient) -> None:
    set_server(member, login="oidc", members=("grace@example.org",))
    assert member.decide(1, "skip").status_code == 401
    assert member.post("/leases", {"clip_ids": [1]}).status_code == 401
    with member.study.database.read() as connection:
        assert decisions.history(connection, 1) == []


def test_who_was_taken_from_the_members_sees_no_video_by_an_address_of_before(member: ReviewClient) -> None:
    url = member.get("/clips/1").json()["video"]["url"]
    assert member.client.get(url).status_code == 200
    set_server(member, login="oidc", members=("grace@example.org",))
    assert member.client.get(url).status_code == 401


def test_who_is_put_back_goes_on_with_the_same_page(member: ReviewClient) -> None:
    set_server(member, login="oidc", members=("grace@example.org",))
    set_server(member, login="oidc", members=("@example.org",))
    assert member.get("/clips/1").status_code == 200


def test_a_name_of_before_the_login_is_no_address_that_anybody_vouched_for(blind: ReviewClient) -> None:
    blind.study.add_clips(1)
    url = blind.get("/clips/1").json()["video"]["url"]
    set_server(blind, login="oidc")
    assert blind.get("/clips/1").status_code == 401
    assert blind.client.get(url).status_code == 401


def test_without_a_login_the_list_of_members_shuts_nobody_out(blind: ReviewClient) -> None:
    blind.study.add_clips(1)
    set_server(blind, members=("grace@example.org",))
    assert blind.get("/clips/1").status_code == 200

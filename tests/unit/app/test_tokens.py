from datetime import timedelta

import pytest

from app.tokens import TokenError, Tokens
from core.steady_time import SteadyTime
from tests.fakes.wall_clock import wall_clock

KEY = "a" * 64


def test_a_token_names_the_reviewer_it_was_made_for() -> None:
    tokens = Tokens(KEY, hours=1)
    assert tokens.reviewer_id(tokens.reviewer_token(7)) == 7


def test_a_token_of_another_workspace_is_refused() -> None:
    token = Tokens("b" * 64, hours=1).reviewer_token(7)
    with pytest.raises(TokenError, match="not valid"):
        Tokens(KEY, hours=1).reviewer_id(token)


def test_a_changed_token_is_refused() -> None:
    tokens = Tokens(KEY, hours=1)
    payload, rest = tokens.reviewer_token(7).split(".", 1)
    other = tokens.reviewer_token(8).split(".", 1)[0]
    with pytest.raises(TokenError, match="not valid"):
        tokens.reviewer_id(f"{other}.{rest}" if other != payload else rest)


def test_an_old_token_is_refused_as_expired() -> None:
    token = Tokens(KEY, hours=1).reviewer_token(7)
    with pytest.raises(TokenError, match="expired"):
        Tokens(KEY, hours=-1).reviewer_id(token)


def test_a_media_signature_is_no_reviewer_token() -> None:
    tokens = Tokens(KEY, hours=1)
    signature = tokens.media_url(7, "video").split("signature=")[1]
    with pytest.raises(TokenError, match="not valid"):
        tokens.reviewer_id(signature)


@pytest.mark.parametrize(("clip_id", "kind"), [(8, "video"), (7, "thumbnail")])
def test_a_media_signature_is_good_for_its_own_clip_and_kind_alone(clip_id: int, kind: str) -> None:
    tokens = Tokens(KEY, hours=1)
    signature = tokens.media_url(7, "video").split("signature=")[1]
    with pytest.raises(TokenError, match="not valid for this clip"):
        tokens.check_media(clip_id, kind, signature)  # type: ignore[arg-type]


def test_a_memory_names_its_reviewer_after_the_server_has_started_again() -> None:
    memory = Tokens(KEY, hours=1).memory(7)
    assert Tokens(KEY, hours=-1).remembered(memory) == 7


def test_a_memory_allows_no_request() -> None:
    tokens = Tokens(KEY, hours=1)
    with pytest.raises(TokenError, match="not valid"):
        tokens.reviewer_id(tokens.memory(7))


def test_a_forged_memory_names_nobody() -> None:
    tokens = Tokens(KEY, hours=1)
    assert [tokens.remembered(one) for one in (tokens.reviewer_token(7), "7", "")] == [None] * 3


def test_workspaces_on_two_ports_of_a_host_remember_apart() -> None:
    assert Tokens(KEY, hours=1).cookie != Tokens("b" * 64, hours=1).cookie


def test_tokens_from_before_the_clock_was_set_back_are_good_also_for_an_app_that_starts_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with wall_clock() as clock:
        tokens = Tokens(KEY, hours=2)
        reviewer, media, memory = tokens.reviewer_token(7), tokens.media_url(7, "video", 3), tokens.memory(7)
        clock.set_back(timedelta(hours=1))
        monkeypatch.setattr("app.tokens.STEADY_TIME", SteadyTime())
        assert tokens.reviewer_id(reviewer) == 7
        assert tokens.check_media(7, "video", media.split("signature=")[1]) == 3
        assert tokens.remembered(memory) == 7


def test_a_token_that_is_dated_farther_ahead_than_it_is_good_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with wall_clock() as clock:
        tokens = Tokens(KEY, hours=2)
        token = tokens.reviewer_token(7)
        clock.set_back(timedelta(hours=3))
        monkeypatch.setattr("app.tokens.STEADY_TIME", SteadyTime())
        with pytest.raises(TokenError, match="expired"):
            tokens.reviewer_id(token)

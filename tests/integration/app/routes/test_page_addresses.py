"""Addresses of pages, spelled with a hyphen or with an underscore."""

import asyncio
from typing import Any

from starlette.requests import Request

from app.routes.page_addresses import to_page
from tests.integration.app.conftest import ReviewClient


def test_the_address_of_a_page_with_an_underscore_leads_to_the_page_with_its_query(blind: ReviewClient) -> None:
    answer = blind.client.get("/pseudo_labels?labeler=cues")
    assert (answer.status_code, answer.headers["location"]) == (307, "pseudo-labels?labeler=cues")


def test_a_query_that_is_no_text_leads_to_the_page_too() -> None:
    scope: dict[str, Any] = {"type": "http", "path": "/pseudo_labels", "query_string": b"a=\xed&b=%zz", "headers": []}
    answer = asyncio.run(to_page(Request(scope)))
    assert (answer.status_code, answer.headers["location"]) == (307, "pseudo-labels?a=%ED&b=%zz")

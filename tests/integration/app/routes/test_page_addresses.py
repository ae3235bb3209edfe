"""Addresses of pages, spelled with a hyphen or with an underscore."""

from tests.integration.app.conftest import ReviewClient


def test_the_address_of_a_page_with_an_underscore_leads_to_the_page_with_its_query(blind: ReviewClient) -> None:
    answer = blind.client.get("/pseudo_labels?labeler=cues")
    assert (answer.status_code, answer.headers["location"]) == (307, "pseudo-labels?labeler=cues")

"""Which addresses are in the building: only there nothing leaves, and only there no consent is asked."""

import pytest

from labeling.vlm.providers.local_addresses import is_local_address


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:11434/v1",
        "http://localhost:8000",
        "http://[::1]:8000/v1",
        "http://10.2.3.4",
        "http://gpu.lan:8000",
    ],
)
def test_this_machine_and_private_networks_are_in_the_building(address: str) -> None:
    assert is_local_address(address)


@pytest.mark.parametrize(
    "address",
    ["https://api.openai.com/v1", "http://8.8.8.8/v1", "http://localhost.evil.com", "http://gpu", "not an address", ""],
)
def test_everything_else_is_outside(address: str) -> None:
    assert not is_local_address(address)

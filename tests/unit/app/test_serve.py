"""The address that the app is served at."""

import socket

import pytest

from app.serve import AddressTakenError, check_port_is_free


def test_a_port_that_somebody_listens_on_is_refused_in_one_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AddressTakenError, match=f"Port {port} on 127.0.0.1 cannot be used"):
            check_port_is_free("127.0.0.1", port)


def test_a_free_port_is_accepted_and_stays_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    check_port_is_free("127.0.0.1", port)
    check_port_is_free("127.0.0.1", port)

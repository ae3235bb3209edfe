"""Which addresses are in the building."""

import ipaddress
from urllib.parse import urlsplit

_LOCAL_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home.arpa")


def stays_in_the_building(base_url: str) -> bool:
    """Whether an address is this machine or a private network. A name that could be anywhere counts as outside."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(_LOCAL_ENDINGS):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False

"""Recognizing local network addresses, to which clips may be sent without consent."""

import ipaddress
from urllib.parse import urlsplit

_LOCAL_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home.arpa")


def is_local_address(base_url: str) -> bool:
    """Whether the address is this machine or in a private network. A name that could be elsewhere counts as not local."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(_LOCAL_ENDINGS):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False

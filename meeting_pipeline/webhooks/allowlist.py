"""What an installation allows webhooks to reach besides the public internet (setting ``webhook_allow``).

An entry is a host name or an address, alone (any port) or with a port (``cms.internal:8080``,
``[::1]:9000``), or a network (``10.1.0.0/16``, any port). There are no wildcards: a name must match completely.
Must not go here: what no setting can allow (``networks.py``).
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.webhooks.networks import Address, Network, parse_address

_HOST_AND_PORT = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True)
class _Entry:
    host: str | None
    network: Network | None
    port: int | None


@dataclass(frozen=True)
class AllowList:
    """The parsed setting."""

    entries: tuple[_Entry, ...]

    def has_host(self, host: str, port: int) -> bool:
        """Whether this name is allowed with this port, regardless of what it resolves to."""
        return any(entry.host == host and entry.port in (None, port) for entry in self.entries)

    def has_address(self, address: Address, port: int) -> bool:
        """Whether this address is allowed with this port, regardless of the name that resolved to it."""
        return any(
            entry.network is not None and address in entry.network and entry.port in (None, port)
            for entry in self.entries
        )

    def may_cover_port(self, port: int) -> bool:
        """Whether any allowed address can be reached on this port: a name may resolve to it."""
        return any(entry.network is not None and entry.port in (None, port) for entry in self.entries)


@lru_cache(maxsize=32)
def parse_allow(entries: tuple[str, ...]) -> AllowList:
    """Parse the setting.

    Raises: PermanentError ``bad_setting`` for an entry in none of these forms.
    """
    return AllowList(tuple(_parse(entry.strip().lower()) for entry in entries))


def _parse(text: str) -> _Entry:
    if "/" in text:
        return _Entry(host=None, network=_network(text), port=None)
    # The colons in a bare IPv6 address do not begin a port.
    given = _HOST_AND_PORT.fullmatch(f"[{text}]" if text.count(":") > 1 and "[" not in text else text)
    if given is None:
        raise _bad(text)
    port = int(given["port"]) if given["port"] else None
    if port is not None and not 0 < port <= 65535:
        raise _bad(text)
    host = given["host"].strip("[]").rstrip(".")
    if ":" in host or host.replace(".", "").isdigit():
        return _Entry(host=None, network=_network(host), port=port)
    return _Entry(host=host, network=None, port=port)


def _network(text: str) -> Network:
    try:
        if "/" in text:
            return ipaddress.ip_network(text)
        return ipaddress.ip_network(parse_address(text))
    except ValueError as error:
        raise _bad(text) from error


def _bad(text: str) -> PermanentError:
    return PermanentError(
        "bad_setting",
        f"MEETING_PIPELINE_WEBHOOK_ALLOW: {text[:80]!r} is not a host, host:port, address or network.",
        "Use entries such as cms.internal, cms.internal:8080, 10.1.2.3:8080 or 10.1.0.0/16.",
    )

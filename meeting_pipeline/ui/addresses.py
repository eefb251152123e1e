"""The names under which the UI may be called, and the origins whose pages belong to it.

These are the names of this machine with the UI's port, and the public URL from the settings. They include no page of
another site and no name that an attacker points at this machine (DNS rebinding).
Must not go here: the response to a refused request (``guard.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.settings import VARIABLES
from meeting_pipeline.settings.reachability import is_loopback

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Addresses:
    """The allowed values of a ``Host`` header, in lower case, and the origin that each belongs to.

    ``public_origin``: origin of the public URL, if there is one. ``beyond_loopback``: whether other machines reach the UI
    by it.
    """

    local: frozenset[str]
    public: frozenset[str] = frozenset()
    public_origin: str | None = None
    beyond_loopback: bool = False

    def knows(self, host: str) -> bool:
        """Whether this ``Host`` is one of ours. The port counts; a trailing dot makes it a different name."""
        return host.lower() in self.local | self.public

    def owns(self, origin: str, host: str) -> bool:
        """Whether a page of this origin that calls this host belongs to the UI.

        A proxy may put a name of this machine into ``Host``; the browser's ``Origin`` remains that of the public URL.
        """
        if self.public_origin is not None and origin == self.public_origin:
            return True
        return host.lower() in self.local and origin == f"http://{host.lower()}"


def addresses_of(port: int, public_url: str | None) -> Addresses:
    """The addresses of a UI that listens on this port of 127.0.0.1. Raises: PermanentError ``bad_setting``."""
    local = frozenset(name if port == _DEFAULT_PORTS["http"] else f"{name}:{port}" for name in LOOPBACK_NAMES)
    if public_url is None:
        return Addresses(local)
    try:
        parts = urlsplit(public_url)
        name, given = parts.hostname or "", parts.port
        name = name if name.isascii() else name.encode("idna").decode()
    except ValueError as error:
        raise _bad_url() from error
    if not name:
        raise _bad_url()
    shown = f"[{name}]" if ":" in name else name
    default = _DEFAULT_PORTS[parts.scheme.lower()]
    short = given is None or given == default
    hosts = {shown, f"{shown}:{default}"} if short else {f"{shown}:{given}"}
    if hosts & local:  # it names the UI as this machine does
        return Addresses(local)
    origin = f"{parts.scheme.lower()}://{shown}" + ("" if short else f":{given}")
    return Addresses(local, frozenset(hosts), origin, not is_loopback(name))


def forwarded_hosts(forwarded_host: Sequence[str], forwarded: Sequence[str]) -> list[str]:
    """The hosts under which proxies say they were called, in ``X-Forwarded-Host`` and ``Forwarded``."""
    found = [part.strip() for value in forwarded_host for part in value.split(",")]
    for value in forwarded:
        for pair in value.replace(",", ";").split(";"):
            name, _, given = pair.partition("=")
            if name.strip().lower() == "host":
                found.append(given.strip().strip('"'))
    return [host for host in found if host]


def _bad_url() -> PermanentError:
    return PermanentError(
        "bad_setting",
        f"{VARIABLES['public_url']}: not a URL with a host.",
        "Set it to the address of the UI, or unset it.",
    )

"""Where a request comes from, according to the browser: the UI's own page, a link, a program, or another site.

Browsers set ``Origin`` and ``Sec-Fetch-*`` themselves; a page cannot change them. Must not go here: who calls
(``callers.py``).
"""

from enum import Enum, auto
from typing import Final

from starlette.datastructures import Headers

from meeting_pipeline.ui.addresses import Addresses

_READS: Final = frozenset({"GET", "HEAD"})
WEBSOCKET: Final = "WEBSOCKET"
"""Used as the method when a websocket is opened."""
_PROXIES: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


class Source(Enum):
    """What made the browser, or another client, send a request."""

    PAGE = auto()
    """The UI's own page."""
    PERSON = auto()
    """A person who typed the address or followed a bookmark."""
    LINK = auto()
    """A link on another site that a person followed: it may only show a page."""
    PROGRAM = auto()
    """Not a browser: neither ``Origin`` nor ``Sec-Fetch-Site``. Very old browsers look the same; they send no writing request
    that this guard accepts."""
    FOREIGN = auto()
    """A page of another site."""


def source_of(method: str, headers: Headers, host: str, addresses: Addresses) -> Source:
    """Where this request comes from. ``host``: its one ``Host`` header."""
    origins, sites = headers.getlist("origin"), headers.getlist("sec-fetch-site")
    if len(origins) > 1 or len(sites) > 1:
        return Source.FOREIGN
    site = sites[0] if sites else None
    if origins:
        # Browsers disagree about the site of a websocket, but all of them send its origin.
        own = addresses.owns(origins[0], host) and (method == WEBSOCKET or site in (None, "same-origin"))
        return Source.PAGE if own else Source.FOREIGN
    if site is None:
        return Source.PROGRAM
    if site == "same-origin":
        return Source.PAGE
    if method in _READS and site == "none":
        return Source.PERSON
    return Source.LINK if method in _READS and _opens_a_page(headers) else Source.FOREIGN


def is_proxied(headers: Headers) -> bool:
    """Whether a proxy says that it forwards somebody else's request."""
    return any(name in headers for name in _PROXIES)


def _opens_a_page(headers: Headers) -> bool:
    """Whether the response will be shown as its own page, not inside another page."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"

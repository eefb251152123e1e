"""Who may call a route: bearer keys with scopes, or anyone on this machine while no key exists.

A route declares ``caller: Annotated[Caller, Depends(require("read"))]``. While no valid key exists and the service listens
only on loopback, callers need no key. Web pages could then reach the service through the browser of a person on this
machine, so a request must name this machine as its host (against DNS rebinding) and must not come from a page of another
site (``local_only``). Must not go here: tokens for one recording (``tokens.py``), what a route does.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from meeting_pipeline.api.dependencies import Service, Serving
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.api.api_keys import SCOPES
from meeting_pipeline.store.tables import ApiKey

_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="meeting_pipeline"'}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = frozenset({"same-origin"})
_TYPED: Final = frozenset({"none"})
"""What a browser sends for a URL that a person typed, or opened from a bookmark or another program."""
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""Headers that proxies add: the sender of the request is elsewhere. They are not trusted for anything else."""
bearer: Final = HTTPBearer(
    auto_error=False, scheme_name="key", description="An API key made by `meeting-pipeline keys create`."
)


@dataclass(frozen=True)
class Caller:
    """The caller of a route. ``id`` is that of the key, or ``local`` if no key is required."""

    id: str
    name: str
    scopes: frozenset[str]


LOCAL: Final = Caller("local", "this machine", frozenset(SCOPES))
Shown = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


def require(scope: str) -> Callable[..., Caller]:
    """A dependency that returns a caller with this scope: ``read``, ``submit`` or ``admin``, each including those before it.

    Raises, in the dependency: ApiError 401 ``key_missing``, ``key_unknown``; 403 ``scope_missing``, ``foreign_host``,
        ``foreign_origin``, ``forwarded_without_key``.
    """
    if scope not in SCOPES:
        raise ValueError(f"no such scope: {scope}")

    def caller(request: Request, service: Serving, shown: Shown) -> Caller:
        found = caller_of(request, service, shown)
        request.state.caller = found.id  # for the log
        if scope not in found.scopes:
            raise ApiError(
                403,
                "scope_missing",
                f"This needs an API key with the scope {scope}.",
                "Use a key with that scope; whoever runs this service can make one.",
                _CHALLENGE,
            )
        return found

    return caller


def caller_of(request: Request, service: Service, shown: HTTPAuthorizationCredentials | None) -> Caller:
    """The caller. A key that is sent must be valid, even if none is required."""
    if shown is not None:
        holder = _holder(service, shown.credentials)
        request.app.state.rate_limits.recognise(shown.credentials, holder.id)
        return holder
    if asks_for_key(service):
        raise ApiError(
            401,
            "key_missing",
            "This needs an API key.",
            "Send it as `Authorization: Bearer mp_...`. Whoever runs this service can make one.",
            _CHALLENGE,
        )
    local_only(request, service)
    return LOCAL


def asks_for_key(service: Service) -> bool:
    """Whether callers must send a key: other machines can reach the service, or a valid key exists."""
    return service.guarded or service.installation.store.api_keys.any_in_force()


def local_only(request: Request, service: Service) -> None:
    """Refuse requests that a web page made a browser on this machine send. Raises: ApiError 403."""
    hosts = request.headers.getlist("host")
    host = hosts[0] if len(hosts) == 1 else ""
    if host_name(host) not in _LOOPBACK | {service.installation.settings.api_host.lower()}:
        raise ApiError(
            403,
            "foreign_host",
            "Without an API key, this service responds only under its own address.",
            "Call it as 127.0.0.1 or localhost, or send a key, which whoever runs this service can make.",
        )
    if any(name in request.headers for name in _FORWARDED):
        raise ApiError(
            403,
            "forwarded_without_key",
            "Without an API key, this service responds only to requests from its own machine, but this request came "
            "through a proxy.",
            "Send a key, which whoever runs this service can make.",
        )
    if not _of_own_page(request, host):
        raise ApiError(
            403,
            "foreign_origin",
            "Without an API key, this service refuses requests from pages of other sites.",
            "Open the address yourself, or send a key, which whoever runs this service can make.",
        )


def _of_own_page(request: Request, host: str) -> bool:
    """Whether a request from a browser comes from our own page, or from a person who opens a URL. True for other clients.

    A page of another site could not read a response, but it could keep this machine busy with requests.
    """
    origins, sites = request.headers.getlist("origin"), request.headers.getlist("sec-fetch-site")
    own = _OWN | _TYPED if request.method in _SAFE else _OWN
    return all(_netloc(origin) == host for origin in origins) and all(site in own for site in sites)


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def host_name(host: str) -> str:
    """The name in a ``Host`` header, in lower case, without port and brackets; empty if the header is malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _holder(service: Service, key: str) -> Caller:
    keys = service.installation.store.api_keys
    row = keys.find(key)
    if row is None:
        raise ApiError(
            401,
            "key_unknown",
            "This API key is unknown or was revoked.",
            "Whoever runs this service can look up the valid keys, or make one.",
            {"WWW-Authenticate": f'{_CHALLENGE["WWW-Authenticate"]}, error="invalid_token"'},
        )
    with contextlib.suppress(StoreUnavailable):  # reading must work even if the disk is full
        keys.note_use(row)
    return Caller(row.id, row.name, _scopes(row))


def _scopes(row: ApiKey) -> frozenset[str]:
    return frozenset(scope for given in row.scopes for scope in SCOPES[: SCOPES.index(given) + 1])

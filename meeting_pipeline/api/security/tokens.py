"""Short-lived tokens that let a browser read one recording: its streams and players accept a URL, but no headers.

A token is ``expiry.minter.signature``, signed with a key derived from the installation's encryption key. It is valid for one
recording and for ``RECORDING_TOKEN_SECONDS``, but no longer than the API key that created it. Must not go here: keys
(``access.py``), which are never in a URL.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Query, Request

from meeting_pipeline.api import policies
from meeting_pipeline.api.dependencies import Service, Serving
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.api.security.access import LOCAL, Caller, Shown, asks_for_key, local_only, require
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.engine.secrets import encryption_key

_PURPOSE: Final = b"meeting_pipeline: token for one recording, 1"
_LONGEST: Final = 200
"""Characters of a token that are compared; ours have some 70."""
_reader: Final = require("read")
Token = Annotated[
    str | None,
    Query(description="A token for this recording, instead of a key; see `POST /v1/recordings/{recording_id}/token`."),
]


def mint(installation: Installation, key: str, caller: Caller, now: datetime) -> tuple[str, datetime]:
    """Create a token that reads the recording ``key`` in the caller's name. Returns it and its expiry."""
    until = (now + timedelta(seconds=policies.RECORDING_TOKEN_SECONDS)).replace(microsecond=0)
    claim = f"{int(until.timestamp())}.{caller.id}"
    return f"{claim}.{_signature(installation, key, claim)}", until


def check(service: Service, key: str, token: str, now: datetime) -> Caller:
    """The caller who reads ``key`` with this token. Raises: ApiError 401 ``token_invalid``, ``token_expired``."""
    claim, _, signature = token.rpartition(".")
    until, _, minter = claim.partition(".")
    expected = _signature(service.installation, key, claim)
    if len(token) > _LONGEST or not hmac.compare_digest(signature.encode(), expected.encode()):
        raise _refused("token_invalid", "This token is not valid for this recording.")
    if int(until) <= now.timestamp():
        raise _refused("token_expired", "This token has expired.")
    if not _is_in_force(service, minter):
        raise _refused("token_invalid", "The key with which this token was made was revoked.")
    return Caller(minter, "a token", frozenset({"read"}))


def readable_with_token(request: Request, service: Serving, shown: Shown, token: Token = None) -> Caller:
    """A dependency of routes below ``/v1/recordings/{recording_id}``: a caller with the scope ``read`` or a token."""
    if token is None or shown is not None:
        return _reader(request, service, shown)
    if not asks_for_key(service):
        local_only(request, service)
    return check(service, request.path_params["recording_id"], token, service.installation.store.context.now())


def _is_in_force(service: Service, minter: str) -> bool:
    if minter == LOCAL.id:
        return not asks_for_key(service)
    return service.installation.store.api_keys.is_in_force(minter)


def _signature(installation: Installation, key: str, claim: str) -> str:
    secret = hmac.digest(encryption_key(installation.settings).encode(), _PURPOSE, hashlib.sha256)
    signed = hmac.digest(secret, f"{key}\n{claim}".encode(errors="surrogatepass"), hashlib.sha256)
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def _refused(code: str, message: str) -> ApiError:
    return ApiError(
        401,
        code,
        message,
        "Request a new one: POST /v1/recordings/{recording_id}/token",
        {"WWW-Authenticate": "Bearer"},
    )

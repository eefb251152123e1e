"""``Idempotency-Key``: a request that is repeated with the same key does its work once.

Source: draft-ietf-httpapi-idempotency-key-header-07. The key is a structured-field string (``"..."``); the bare word that
most clients send is accepted too. The response to a complete request, acceptance or refusal, is repeated. A request that was
cut, or that failed because of the service, stores nothing, so its repetition starts over. A request whose recording was
deleted since is refused: a client that retries automatically must not bring back what a person deleted. Must not go here:
rows (``store/api/idempotency.py``).
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from fastapi.responses import Response

from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.api.idempotency import GONE, Claim, Idempotency, InProgress, StoredAnswer

_log = logging.getLogger(__name__)
HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_QUOTED: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,255})"')
"""A string as in RFC 8941, section 3.3.3."""
_BARE: Final = re.compile(r"[!#-+\--:<-\[\]-~]{1,255}")
"""Printable characters without quote, comma, semicolon, backslash and space."""
_PROGRESS_SECONDS: Final = 2
"""Sent as ``Retry-After`` while the first request with the key is in progress."""
_LOOK_SECONDS: Final = 0.2
"""Between two looks whether the first request with the key has ended."""


def read_key(value: str | None) -> str | None:
    """The key in the header; ``None`` if there is no header. Raises: ApiError 400 ``idempotency_key_invalid``."""
    if value is None:
        return None
    given = value.strip()
    quoted = _QUOTED.fullmatch(given)
    if quoted is not None:
        return re.sub(r'\\(["\\])', r"\1", quoted[1])
    if _BARE.fullmatch(given) is not None:
        return given
    raise ApiError(
        400,
        "idempotency_key_invalid",
        f"The header {HEADER} is not a string of 1 to 255 printable ASCII characters.",
        'Send a random one, such as a UUID, in quotes: Idempotency-Key: "8e03978e-40d5-43e8-bc93-6894a57f9324"',
    )


class Repeatable:
    """A request that may carry a key, with its claim on the key or the response it got before."""

    def __init__(self, claim: Claim | None, stored: StoredAnswer | None) -> None:
        self.claim = claim
        self.stored = stored
        self.answered = False
        """Whether the request got its final response, so that the claim is not released."""

    def replay(self, fingerprint: str) -> Response:
        """The response that the same request got before.

        Raises: ApiError 422 if that was a different request, 410 if its recording was deleted since.
        """
        if self.stored is None:
            raise ValueError("nothing is stored")
        if self.stored.fingerprint != fingerprint:
            raise ApiError(
                422,
                "idempotency_mismatch",
                "This Idempotency-Key was used for a different request.",
                "Use a new key for each new submission.",
            )
        if self.stored.status == GONE:
            raise ApiError(
                410,
                "recording_deleted",
                "The recording that this request created was deleted.",
                "To submit it again, use a new Idempotency-Key.",
            )
        return Response(self.stored.body, self.stored.status, {**self.stored.headers, REPLAYED: "true"})


@asynccontextmanager
async def repeatable(store: Idempotency, caller: str, key: str | None) -> AsyncIterator[Repeatable]:
    """Claim the key while the block runs. If the block ends without a response, the claim is released.

    Raises: ApiError 409 ``idempotency_in_progress``; StoreUnavailable.
    """
    if key is None:
        yield Repeatable(None, None)
        return
    found = await _claimed(store, caller, key)
    if isinstance(found, InProgress):
        raise ApiError(
            409,
            "idempotency_in_progress",
            "A request with this Idempotency-Key is in progress.",
            "Retry in a moment with the same key.",
            {"Retry-After": str(_PROGRESS_SECONDS)},
        )
    if isinstance(found, StoredAnswer):
        yield Repeatable(None, found)
        return
    request = Repeatable(found, None)
    renewing = asyncio.create_task(_renew(store, found))
    try:
        yield request
    finally:
        renewing.cancel()
        if not request.answered:
            await asyncio.shield(asyncio.to_thread(_release, store, found))


async def _claimed(store: Idempotency, caller: str, key: str) -> Claim | StoredAnswer | InProgress:
    """Claim the key. If it is in use, wait briefly: a client that was cut off may retry before we notice."""
    ends = time.monotonic() + policies.IDEMPOTENCY_PATIENCE_SECONDS
    while True:
        found = await asyncio.to_thread(store.claim, caller, key)
        if not isinstance(found, InProgress) or time.monotonic() > ends:
            return found
        await asyncio.sleep(_LOOK_SECONDS)


async def _renew(store: Idempotency, claim: Claim) -> None:
    while True:
        await asyncio.sleep(policies.IDEMPOTENCY_RENEW_SECONDS)
        with suppress(StoreUnavailable):  # the next renewal may succeed
            await asyncio.to_thread(store.renew, claim)


def _release(store: Idempotency, claim: Claim) -> None:
    try:
        store.release(claim)
    except StoreUnavailable as error:  # it expires anyway
        _log.warning("a claim was not released: %s", error.code)

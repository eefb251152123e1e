"""``POST /v1/providers/{provider}/finished``: a transcription provider says that an order is finished.

Nothing else in the call is trusted: the order is polled at once, as it would have been a little later. So the response is the
same whether the order is known, finished or neither, and repeating a call changes nothing. Not in the OpenAPI description,
because only providers call it. Must not go here: what a provider sends (its module), polling (``steps/transcription/poll.py``).
"""

import hmac

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from meeting_pipeline.api import policies
from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.api.uploads.body import too_large, whole
from meeting_pipeline.domain.strict_json import BadJson, strict_json
from meeting_pipeline.providers.completion_hook import HEADER, PATH
from meeting_pipeline.providers.registry import speech_spec

router = APIRouter()


@router.post(PATH, include_in_schema=False, status_code=204)
async def order_finished(request: Request, provider: str, installation: Opened) -> Response:
    """Note that the provider finished an order. Valid calls get 204, others 4xx.

    Providers repeat a call after 5xx, for example while the database is down, but not after 4xx.
    """
    _require_secret(request, provider)
    request.state.caller = provider  # for the log
    try:
        order_id = _order_id(provider, await _body(request))
    except ClientDisconnect:
        return Response(status_code=400)  # the client is gone
    limiter: CapacityLimiter = request.app.state.hook_notes
    await to_thread.run_sync(installation.store.orders_in_flight.announced, provider, order_id, limiter=limiter)
    return Response(status_code=204)


def _require_secret(request: Request, provider: str) -> None:
    """Raises: ApiError 404 ``not_found`` for a provider that calls no hook, 401 ``hook_refused``."""
    secrets: dict[str, str] = request.app.state.hook_secrets
    if provider not in secrets:
        raise ApiError(404, "not_found", "No such provider calls this service.")
    shown = request.headers.getlist(HEADER)
    # Compared even if there is none, and before the body is read.
    right = hmac.compare_digest(",".join(shown).encode("latin-1"), secrets[provider].encode())
    if not right:
        raise ApiError(
            401,
            "hook_refused",
            f"This needs the right {HEADER} header.",
            "It is for the provider alone, which gets it with each order.",
            {"WWW-Authenticate": HEADER},
        )


async def _body(request: Request) -> bytes:
    """Raises: ApiError 413 ``too_large``, 408; ClientDisconnect."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > policies.HOOK_BODY_BYTES:
        raise too_large(policies.HOOK_BODY_BYTES)
    return await whole(request.stream(), policies.HOOK_BODY_BYTES)


def _order_id(provider: str, body: bytes) -> str:
    """Raises: ApiError 422 ``invalid_request``."""
    spec = speech_spec(provider)
    try:
        found = spec.finished_order(strict_json(body)) if spec is not None and spec.finished_order is not None else None
    except BadJson:
        found = None
    if found is None:
        raise ApiError(422, "invalid_request", "The body does not name a finished order.")
    return found

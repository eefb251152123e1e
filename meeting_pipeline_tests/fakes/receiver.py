"""A webhook receiver that stores what it gets, verifies it, and responds as scripted.

``POST /hook/{name}`` receives. ``POST /_expect`` sets ``signing_secret`` (``whsec_...``) and ``secret`` (the value of
``X-Webhook-Secret``). ``POST /_answer`` queues responses: ``{"name"?, "statuses": [500, 503], "headers"?, "seconds"?,
"body"?}``; with ``"stay": true`` the last status is repeated. ``POST /_fault`` as for the providers (``faults.py``).
``GET /_received`` (``?name=`` for one hook), ``POST /_clear`` (``{"behaviour": true}`` keeps what was received). The
Standard Webhooks library verifies signatures, not our own code.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from meeting_pipeline_tests.fakes.faults import Fault, FaultBook, FaultMiddleware
from meeting_pipeline_tests.fakes.in_flight import InFlight, InFlightMiddleware


class ReceiverState:
    """What was received, and the queued responses."""

    def __init__(self, *, signing_secret: str | None = None, secret: str | None = None) -> None:
        self.initial = {"signing_secret": signing_secret, "secret": secret}
        self.reset()

    def reset(self) -> None:
        """Reset everything except the secrets given at start."""
        self.received: list[dict[str, Any]] = []
        self.reset_behaviour()

    def reset_behaviour(self) -> None:
        """Respond as at first from now on, and let everything go that waits."""
        self.expected: dict[str, str | None] = dict(self.initial)
        self.answers: list[dict[str, Any]] = []
        self.faults = FaultBook()

    def next_answer(self, name: str) -> dict[str, Any]:
        """The scripted response for this hook; 204 if there is none."""
        for answer in self.answers:
            if answer.get("name", name) == name and answer["statuses"]:
                keep = answer.get("stay") and len(answer["statuses"]) == 1
                status = answer["statuses"][0] if keep else answer["statuses"].pop(0)
                return {**answer, "status": status}
        return {"status": 204}


def signature_ok(secret: str | None, body: bytes, headers: dict[str, str]) -> bool | None:
    """Whether the Standard Webhooks signature is valid; ``None`` if no secret is set to verify it with."""
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError

    if not secret:
        return None
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def receiver_app(state: ReceiverState) -> Starlette:
    """The receiver over one state."""
    in_flight = InFlight()

    def book() -> FaultBook:
        return state.faults

    async def hook(request: Request) -> Response:
        body = await request.body()
        headers = {key.lower(): value for key, value in request.headers.items()}
        answer = state.next_answer(request.path_params["name"])
        secret = state.expected["secret"]
        entry = {
            "name": request.path_params["name"],
            "headers": headers,
            "body": body.decode("utf-8", "replace"),
            "time": time.time(),
            "signature_ok": signature_ok(state.expected["signing_secret"], body, headers),
            "secret_ok": None if secret is None else headers.get("x-webhook-secret") == secret,
            "status": answer["status"],
        }
        state.received.append(entry)
        await asyncio.sleep(answer.get("seconds", 0))
        return Response(answer.get("body", ""), status_code=answer["status"], headers=answer.get("headers"))

    async def expect(request: Request) -> JSONResponse:
        state.expected.update(await request.json())
        return JSONResponse({})

    async def script(request: Request) -> JSONResponse:
        state.answers.append(await request.json())
        return JSONResponse({})

    async def fault(request: Request) -> JSONResponse:
        state.faults.faults.append(Fault.parse(await request.json()))
        return JSONResponse({})

    async def clear(request: Request) -> JSONResponse:
        if (await request.json() if await request.body() else {}).get("behaviour"):
            state.reset_behaviour()
            return JSONResponse({})
        await in_flight.drop()
        state.reset()
        return JSONResponse({})

    async def received(request: Request) -> JSONResponse:
        name = request.query_params.get("name")
        return JSONResponse([entry for entry in state.received if name in (None, entry["name"])])

    return Starlette(
        routes=[
            Route("/hook/{name}", hook, methods=["POST"]),
            Route("/_expect", expect, methods=["POST"]),
            Route("/_answer", script, methods=["POST"]),
            Route("/_fault", fault, methods=["POST"]),
            Route("/_clear", clear, methods=["POST"]),
            Route("/_received", received, methods=["GET"]),
        ],
        middleware=[Middleware(InFlightMiddleware, in_flight=in_flight), Middleware(FaultMiddleware, book=book)],
    )

"""The app of both loopback providers, with its control routes (``/_...``), which faults never affect.

``POST /_fault`` (see ``faults.py``), ``POST /_script`` (see ``story.py``; with ``sha256``, else for the next upload),
``POST /_settings`` (``processing_seconds``, ``llm_seconds``, ``assemblyai_key``, ``openai_key``, ``extra_models``,
``webhook_pause_seconds``, ``speech`` (see ``speech.py``), ``rate_headers``, ``calls_per_window``, ``window_seconds``),
``POST /_finish`` (all orders are finished now), ``POST /_clear`` (``{"faults": true}`` clears only the faults, with
``kind`` those of one kind, and with ``next`` only for the requests to come; ``{"behaviour": true}`` clears faults and
settings, and finishes all orders), ``GET /_ledger``.
"""

from __future__ import annotations

import re

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from meeting_pipeline_tests.fakes.assemblyai import AssemblyAI
from meeting_pipeline_tests.fakes.embeddings import Embeddings
from meeting_pipeline_tests.fakes.faults import Fault, FaultBook, FaultMiddleware
from meeting_pipeline_tests.fakes.in_flight import InFlight, InFlightMiddleware
from meeting_pipeline_tests.fakes.openai import OpenAI
from meeting_pipeline_tests.fakes.speech import Speech
from meeting_pipeline_tests.fakes.state import SPEECH_HABITS, ProviderState

_ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}")


class CountingMiddleware:
    """Counts requests per route, and how many were open at once."""

    def __init__(self, app: ASGIApp, state: ProviderState) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith("/_"):
            await self.app(scope, receive, send)
            return
        route = f"{scope['method']} {_ID.sub('/{id}', scope['path'])}"
        ledger, still_open = self.state.ledger, self.state.open
        ledger.requests[route] += 1
        still_open[route] += 1
        ledger.most_open[route] = max(ledger.most_open.get(route, 0), still_open[route])
        try:
            await self.app(scope, receive, send)
        finally:
            still_open[route] -= 1


class ControlRoutes:
    """The routes that tests use to control the providers."""

    def __init__(self, state: ProviderState, in_flight: InFlight) -> None:
        self.state = state
        self.in_flight = in_flight

    def routes(self) -> list[Route]:
        """All control routes."""
        return [
            Route("/_fault", self.fault, methods=["POST"]),
            Route("/_script", self.script, methods=["POST"]),
            Route("/_settings", self.settings, methods=["POST"]),
            Route("/_finish", self.finish, methods=["POST"]),
            Route("/_clear", self.clear, methods=["POST"]),
            Route("/_ledger", self.ledger, methods=["GET"]),
        ]

    async def fault(self, request: Request) -> JSONResponse:
        """Schedule a fault."""
        try:
            self.state.faults.faults.append(Fault.parse(await request.json()))
        except (KeyError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"faults": len(self.state.faults.faults)})

    async def script(self, request: Request) -> JSONResponse:
        """Set what is spoken in an upload."""
        body = await request.json()
        sha256 = body.pop("sha256", None)
        if sha256:
            self.state.scripts[sha256] = body
        else:
            self.state.next_scripts.append(body)
        return JSONResponse({})

    async def settings(self, request: Request) -> JSONResponse:
        """Change settings."""
        body = await request.json()
        unknown = sorted(set(body) - set(self.state.settings))
        if unknown:
            return JSONResponse({"error": f"unknown settings {unknown}"}, status_code=400)
        if "speech" in body:
            body["speech"] = {**SPEECH_HABITS, **body["speech"]}
        self.state.settings.update(body)
        return JSONResponse({})

    async def finish(self, request: Request) -> JSONResponse:
        """Finish all orders in progress."""
        self.state.finish_orders()
        return JSONResponse({})

    async def clear(self, request: Request) -> JSONResponse:
        """Reset everything and abort the requests in progress, or clear only the faults."""
        body = await request.json() if await request.body() else {}
        kind = body.get("kind")
        if kind and body.get("next"):
            for fault in self.state.faults.faults:
                fault.times = 0 if fault.kind == kind else fault.times
        elif kind:
            self.state.faults.faults = [fault for fault in self.state.faults.faults if fault.kind != kind]
        elif body.get("faults"):
            self.state.faults = FaultBook()
        elif body.get("behaviour"):
            self.state.reset_behaviour()
        else:
            await self.in_flight.drop()
            self.state.reset()
        return JSONResponse({})

    async def ledger(self, request: Request) -> JSONResponse:
        """Everything that was requested, and how many times each fault with ``words`` is still to be applied."""
        left = {fault.words: fault.times for fault in self.state.faults.faults if fault.words}
        return JSONResponse({**self.state.ledger.as_json(), "fault_hits": self.state.faults.hits, "faults_left": left})


def providers_app(state: ProviderState) -> Starlette:
    """Both providers over one state."""
    in_flight = InFlight()
    return Starlette(
        routes=[
            *AssemblyAI(state).routes(),
            *OpenAI(state).routes(),
            *Embeddings(state).routes(),
            *Speech(state).routes(),
            *ControlRoutes(state, in_flight).routes(),
        ],
        middleware=[
            Middleware(InFlightMiddleware, in_flight=in_flight),
            Middleware(CountingMiddleware, state=state),
            Middleware(FaultMiddleware, book=lambda: state.faults),
        ],
    )

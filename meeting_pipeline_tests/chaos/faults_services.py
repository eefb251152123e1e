"""Providers and receiver with scheduled faults: bad responses, and being unavailable for a while.

Belongs here: scheduling such a fault, and recording each hit. Must not go here: the services' normal responses
(``fakes/``).
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from meeting_pipeline_tests.fakes.control import Providers, Receiver
from meeting_pipeline_tests.fakes.faults import Fault, FaultBook
from meeting_pipeline_tests.fakes.providers import providers_app
from meeting_pipeline_tests.fakes.receiver import ReceiverState, receiver_app
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.fakes.state import ASSEMBLYAI_KEY, OPENAI_KEY, ProviderState
from meeting_pipeline_tests.ports import free_port
from meeting_pipeline_tests.scenario.system import SIGNING_SECRET, Outside

LANGUAGE_MODEL = "/v1/responses"
HOOKS = "POST /hook/*"
ECHO = "echo"
SPOKEN_CANARY = "waldkanarie"
TITLE_CANARY = "Zaunkanarie"
NAME_CANARY = "Finkkanarie"
SECRET_CANARY = "canary-submitter-"
"""Prefix of every submitter's secret."""
PROCESSING_S, MODEL_S = 1.0, 0.3
RETURN_S = 120.0
SLOW_S = 6.0
"""A receiver's response has no body to drip, so the whole response is delayed."""


@dataclass(frozen=True)
class Hit:
    """A request that got a fault. ``at``: Unix seconds."""

    at: float
    kind: str
    path: str


class Book(FaultBook):
    """The scheduled faults, and the requests that got them."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Hit] = []

    def take(self, method: str, path: str, insight: str | None, kinds: set[str], text: str = "") -> Fault | None:
        """Like the base class, but records the hit."""
        fault = super().take(method, path, insight, kinds, text)
        if fault is not None:
            self.log.append(Hit(time.time(), fault.kind, path))
        return fault


class Service:
    """A loopback service that can be down for a while and restart at the same address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._server: LoopbackServer | None = LoopbackServer(app, port=free_port()).start()
        self.url, self._port = self._server.url, self._server.port

    def leave(self) -> None:
        """Drop existing connections and refuse new ones."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def come_back(self) -> None:
        """Respond again. A connection of its own may occupy the port for a moment."""
        until = time.monotonic() + RETURN_S
        while self._server is None:
            try:
                self._server = LoopbackServer(self._app, port=self._port).start()
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)


class Services(Outside):
    """The services that the system uses, with faults."""

    def __enter__(self) -> Services:
        self.provider_state = ProviderState(processing_seconds=PROCESSING_S, llm_seconds=MODEL_S)
        self.receiver_state = ReceiverState(signing_secret=SIGNING_SECRET)
        self.provider_faults = self.provider_state.faults = Book()
        self.receiver_faults = self.receiver_state.faults = Book()
        self.provider_service = Service(providers_app(self.provider_state))
        self._stack.callback(self.provider_service.leave)
        self.receiver_service = Service(Echo(receiver_app(self.receiver_state), self.receiver_faults))
        self._stack.callback(self.receiver_service.leave)
        self.providers = self._stack.enter_context(Providers(self.provider_service.url))
        self.receiver = self._stack.enter_context(Receiver(self.receiver_service.url))
        return self

    def clear(self) -> None:
        """End all faults."""
        self.provider_faults.faults.clear()
        self.receiver_faults.faults.clear()
        self.provider_service.come_back()
        self.receiver_service.come_back()

    def order(self, kind: str, how: dict[str, Any]) -> None:
        """Schedule a fault of a plan, of any kind but ``gone``."""
        group, _, name = kind.partition(":")
        if group == "provider":
            fault = _fault(name, how.get("status", 503), how.get("retry_after"))
            self.provider_faults.faults.append(Fault.parse({"match": how["match"], "times": how["times"], **fault}))
        else:
            self.receiver_faults.faults.append(_receiver_fault(name, how["times"]))

    def lost_answers(self) -> Counter[str]:
        """Responses of the language model that were damaged in transit, by kind."""
        return Counter(hit.kind for hit in self.provider_faults.log if hit.path == LANGUAGE_MODEL)


class Echo:
    """A receiver that rejects a delivery and echoes everything it was sent."""

    def __init__(self, app: ASGIApp, book: FaultBook) -> None:
        self._app = app
        self._book = book

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope.get("path", "")
        fault = None
        if scope["type"] == "http" and not path.startswith("/_"):
            fault = self._book.take(scope["method"], path, None, {ECHO})
        if fault is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        repeated = (
            f"cannot store this from {request.headers.get('x-webhook-secret')}: {body.decode('utf-8', 'replace')}"
        )
        await PlainTextResponse(repeated, fault.more["status"])(scope, receive, send)


def _receiver_fault(name: str, times: int) -> Fault:
    if name in ("5xx", "429"):
        return Fault(HOOKS, ECHO, times, more={"status": 503 if name == "5xx" else 429})
    if name == "drip":
        return Fault(HOOKS, "slow", times, more={"seconds": SLOW_S})
    return Fault.parse({"match": HOOKS, "times": times, **_fault(name, 503, None)})


def _fault(name: str, status: int, retry_after: int | None) -> dict[str, Any]:
    """A fault of the fakes. Its message echoes what was sent, as careless services do."""
    gossip = f"cannot take {SPOKEN_CANARY} {TITLE_CANARY} {NAME_CANARY} {ASSEMBLYAI_KEY} {OPENAI_KEY}"
    known: dict[str, dict[str, Any]] = {
        "429": {"kind": "status", "status": 429, "message": gossip},
        "429-later": {"kind": "status", "status": 429, "retry_after": retry_after or 1, "message": gossip},
        "5xx": {"kind": "status", "status": status, "message": gossip},
        "reset-before": {"kind": "reset"},
        "reset-after": {"kind": "apply_then_reset"},
        "cut": {"kind": "cut"},
        "malformed": {"kind": "malformed"},
        "html": {"kind": "html", "body": f"<html><body>{gossip}</body></html>"},
        "drip": {"kind": "drip", "seconds": 0.1, "chunk": 32},
    }
    return known[name]

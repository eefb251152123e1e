"""The loopback providers and the webhook receiver, in the benchmark's own process: their CPU time counts for nobody.

Their state is read directly. Over HTTP, each look at 200 webhooks would transfer all of them.
"""

from __future__ import annotations

import threading
import time

from meeting_pipeline_tests.fakes.control import Providers, Receiver
from meeting_pipeline_tests.fakes.providers import providers_app
from meeting_pipeline_tests.fakes.receiver import ReceiverState, receiver_app
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.fakes.state import ProviderState
from meeting_pipeline_tests.scenario.system import SECRET, SIGNING_SECRET, Outside

LOOK_SECONDS = 0.1


class Services(Outside):
    """Providers with set durations, and when which webhook was called."""

    def __enter__(self) -> Services:
        self._given_up = threading.Event()
        self._sold = ProviderState()
        self._hooks = ReceiverState(signing_secret=SIGNING_SECRET, secret=SECRET)
        services = self._stack.enter_context(LoopbackServer(providers_app(self._sold)))
        receiver = self._stack.enter_context(LoopbackServer(receiver_app(self._hooks)))
        self.providers = self._stack.enter_context(Providers(services.url))
        self.receiver = self._stack.enter_context(Receiver(receiver.url))
        return self

    def take(self, transcription_s: float, model_s: float) -> float:
        """Set how long a transcription and a model call take; returns their sum, the providers' own time for a recording."""
        self._sold.settings.update(processing_seconds=transcription_s, llm_seconds=model_s)
        return transcription_s + model_s

    def call_ends(self, since: float) -> list[float]:
        """When the model's calls after this moment ended."""
        return [call["time"] for call in list(self._sold.ledger.llm_calls) if call["time"] >= since]

    def arrivals(self, prefix: str) -> dict[str, float]:
        """Hooks whose names begin like this, and when each was first called."""
        found: dict[str, float] = {}
        for entry in list(self._hooks.received):
            if entry["name"].startswith(prefix):
                found.setdefault(entry["name"], entry["time"])
        return found

    def wait_for(self, prefix: str, count: int, limit_s: float) -> list[float]:
        """When each of these hooks was called, sorted. Raises: TimeoutError."""
        until = time.monotonic() + limit_s
        while len(found := self.arrivals(prefix)) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(found)} of {count} webhooks of {prefix!r} came in {limit_s:.0f} s")
            self._pause()
        return sorted(found.values())

    def wait_for_calls(self, since: float, count: int, limit_s: float) -> list[float]:
        """When each of this many calls of the model ended. Raises: TimeoutError."""
        until = time.monotonic() + limit_s
        while len(found := self.call_ends(since)) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"the model was called {len(found)} times of {count} in {limit_s:.0f} s")
            self._pause()
        return found

    def give_up(self) -> None:
        """End every wait, in whatever thread."""
        self._given_up.set()

    def _pause(self) -> None:
        if self._given_up.wait(LOOK_SECONDS):
            raise InterruptedError("the benchmark ends")

    def forget(self) -> None:
        """Drop what was received and sold so far, so that nothing grows from part to part."""
        self._hooks.received.clear()
        self._sold.ledger.llm_calls.clear()

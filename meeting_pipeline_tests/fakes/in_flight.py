"""Requests in progress, and aborting them: leftovers of one test must not end up in the next test's ledger.

Must not go here: faults that a test schedules.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from meeting_pipeline_tests.fakes.faults import TRANSPORT


class InFlight:
    """The requests that a service is processing."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        self.dropped: set[asyncio.Task[Any]] = set()

    async def drop(self) -> None:
        """Abort all of them and their connections; returns once none of them can have any further effect."""
        tasks = set(self.tasks)
        self.dropped |= tasks
        for task in tasks:
            task.cancel()
        while self.tasks & tasks:
            await asyncio.sleep(0)


class InFlightMiddleware:
    """Tracks the requests in progress, except those to control routes."""

    def __init__(self, app: ASGIApp, in_flight: InFlight) -> None:
        self.app = app
        self.in_flight = in_flight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        task = asyncio.current_task()
        if scope["type"] != "http" or scope["path"].startswith("/_") or task is None:
            await self.app(scope, receive, send)
            return
        self.in_flight.tasks.add(task)
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            if task not in self.in_flight.dropped:
                raise
            task.uncancel()
            scope["extensions"][TRANSPORT].abort()
        finally:
            self.in_flight.tasks.discard(task)
            self.in_flight.dropped.discard(task)

"""Requests under way, and dropping them: what one test left behind must not be booked in the next one's ledger.

Must not go here: faults that a test orders.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from meeting_pipeline_tests.fakes.faults import TRANSPORT


class InFlight:
    """The requests that a service is at."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        self.dropped: set[asyncio.Task[Any]] = set()

    async def drop(self) -> None:
        """End them all, with their connections; returns when none of them can do anything any more."""
        tasks = set(self.tasks)
        self.dropped |= tasks
        for task in tasks:
            task.cancel()
        while self.tasks & tasks:
            await asyncio.sleep(0)


class InFlightMiddleware:
    """Knows the requests under way; those of the control routes are not counted."""

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

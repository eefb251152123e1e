"""The loop that launches queued runs."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from meeting_pipeline.daemon.run_coordinator import WokenRunCoordinator

LONG = 120.0


def test_it_looks_at_the_queue_at_its_interval_and_when_it_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[None] = []

    def run_iteration(self: WokenRunCoordinator, context: object) -> Iterator[None]:
        looks.append(None)
        yield

    monkeypatch.setattr(WokenRunCoordinator, "run_iteration", run_iteration)
    coordinator, context = WokenRunCoordinator(LONG), Any
    loop = coordinator.core_loop(context, threading.Event())  # type: ignore[arg-type]  # handed on unread
    next(loop)
    coordinator.wake()
    next(loop)  # it would wait for a minute
    next(loop)
    assert len(looks) == 2
    coordinator.interval_seconds = 0
    next(loop)
    next(loop)
    assert len(looks) == 3

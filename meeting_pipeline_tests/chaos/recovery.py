"""Time until the system continued after a fault (I10), from the times in the observer's log and the rows.

Must not go here: whether it then acted correctly (``invariants.py``).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from meeting_pipeline_tests.chaos.observer import TERMINAL, Disturbance, Sighting

BOUND_S = 60.0
"""On a running system, a dead worker is detected and its recording continued within this time."""
OTHER_FAULT_S = 45.0
"""A further fault during recovery restarts the wait: restarting what it killed takes this long on a busy machine."""
MOST_S = 180.0
"""Upper bound however many faults occur: a system that makes no progress for longer will not recover."""
SAME_DEATH_S = 3.0
"""A worker first found gone within this time after a process was killed counts as killed with it."""


@dataclass(frozen=True)
class Recovery:
    """A recording whose worker died at ``at``; seconds until this was noticed and until it continued; ``None``: never."""

    key: str
    cause: str
    at: float
    noticed_s: float | None
    continued_s: float | None
    bound_s: float


def recoveries(
    workers: dict[str, Sighting], events: dict[str, list[dict[str, Any]]], disturbances: list[Disturbance]
) -> list[Recovery]:
    """One for each recording that lost its worker before its outcome."""
    found = []
    for worker in workers.values():
        cause = _cause(worker, disturbances)
        if worker.key is None or worker.gone_at is None or cause is None:
            continue
        history = events.get(worker.key, [])
        at = min(cause.at, worker.gone_at) if cause.pids else worker.gone_at - SAME_DEATH_S / 6
        before = [event for event in history if event["at"] <= at]
        after = [event for event in history if event["at"] > at]
        if any(event["type"] in TERMINAL for event in before) or not _at_work(before, worker.run_id):
            continue
        continued = next(
            (e["at"] for e in after if (e["type"] == "run_started" and e["data"]["run_id"] != worker.run_id)
             or e["type"] in TERMINAL), None,
        )  # fmt: skip
        noticed = after[0]["at"] if after else None
        bound = min(MOST_S, BOUND_S + _extra(at, continued, disturbances))
        found.append(
            Recovery(worker.key, cause.kind, at, noticed and noticed - at, continued and continued - at, bound)
        )
    return found


def _cause(worker: Sighting, disturbances: list[Disturbance]) -> Disturbance | None:
    for one in disturbances:
        if worker.pid in one.pids:
            return one
        if one.kind == "crash" and worker.gone_at is not None and abs(worker.gone_at - one.at) < SAME_DEATH_S:
            return one
    return None


def _at_work(before: list[dict[str, Any]], run_id: str) -> bool:
    """Whether the last run that started on the recording is this one, and has not ended normally."""
    started = [event for event in before if event["type"] == "run_started"]
    if not started or started[-1]["data"]["run_id"] != run_id:
        return False
    return not any(event["type"] == "waiting" and event["seq"] > started[-1]["seq"] for event in before)


def _extra(at: float, until: float | None, disturbances: list[Disturbance]) -> float:
    """Seconds added by further faults between death and recovery, counting only faults that affect recovery."""
    end = until if until is not None else float("inf")
    others = [
        one
        for one in disturbances
        if one.kind.startswith(("kill", "crash", "freeze", "database", "disk", "up"))
        and one.until > at + 0.1
        and one.at < end
    ]
    return sum(OTHER_FAULT_S + max(0.0, one.until - max(one.at, at)) for one in others)


def too_slow(found: list[Recovery], slack: float = 1.0) -> Iterator[str]:
    """I10. ``slack``: factor for the bounds, for machines that are busy with other work."""
    for one in found:
        if one.continued_s is None:
            yield f"I10 {one.key}: its worker died ({one.cause}), and nobody ever went on"
        elif one.continued_s > one.bound_s * slack:
            yield f"I10 {one.key}: {one.cause}, continued after {one.continued_s:.0f} s (bound {one.bound_s:.0f} s)"


def standstills(moments: list[float], slack: float = 1.0) -> Iterator[str]:
    """I10. Files arrive all the time, so a system in which no recording makes progress for this long is stuck."""
    for before, after in pairwise(moments):
        if after - before > MOST_S * slack:
            yield f"I10 no recording moved for {after - before:.0f} s, from {datetime.fromtimestamp(before, UTC):%H:%M:%S}"


def moved_on(disturbance: Disturbance, moments: list[float]) -> float | None:
    """Seconds from the end of a fault to the next event of any recording."""
    return next((moment - disturbance.until for moment in moments if moment > disturbance.until), None)


def middle_and_most(seconds: list[float]) -> dict[str, float | int | None]:
    """Count, median and maximum, for the report."""
    if not seconds:
        return {"n": 0, "median_s": None, "max_s": None}
    return {"n": len(seconds), "median_s": round(statistics.median(seconds), 1), "max_s": round(max(seconds), 1)}

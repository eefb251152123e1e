"""How long it took until the system went on after a fault (I10), from the moments in the observer's log and the rows.

Must not go here: whether what it did then was right (``invariants.py``).
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
"""A dead worker is noticed, and its recording continued, this soon on a system that lives."""
OTHER_FAULT_S = 45.0
"""A further fault on the way starts the waiting over: a restart of what it ended takes this long on a busy machine."""
MOST_S = 180.0
"""However many faults come in between: a system that stands still for longer has met one that it does not get over."""
SAME_DEATH_S = 3.0
"""A worker that is first seen gone this long after a process was ended was ended with it."""


@dataclass(frozen=True)
class Recovery:
    """A recording whose worker died at ``at``, noticed and continued so many seconds later; ``None``: never."""

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
    """Whether the last run that began on the recording is this one, and did not end by itself."""
    started = [event for event in before if event["type"] == "run_started"]
    if not started or started[-1]["data"]["run_id"] != run_id:
        return False
    return not any(event["type"] == "waiting" and event["seq"] > started[-1]["seq"] for event in before)


def _extra(at: float, until: float | None, disturbances: list[Disturbance]) -> float:
    """Seconds that further faults between death and recovery may cost, of those that recovery rests on."""
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
    """I10. ``slack``: the bounds are multiplied by it, where other things take the machine's time."""
    for one in found:
        if one.continued_s is None:
            yield f"I10 {one.key}: its worker died ({one.cause}), and nobody ever went on"
        elif one.continued_s > one.bound_s * slack:
            yield f"I10 {one.key}: {one.cause}, continued after {one.continued_s:.0f} s (bound {one.bound_s:.0f} s)"


def standstills(moments: list[float], slack: float = 1.0) -> Iterator[str]:
    """I10. Files come all the time: nothing at all happening to any recording for so long is a system that stands still."""
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

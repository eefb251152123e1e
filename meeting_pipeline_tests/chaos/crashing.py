"""Kill a real process at each named crash point on one running system, each while it processes a separate recording.

Points are tested in lanes, one lane per kind of process. A lane drops its next recording when its previous point was
reached. Runs of recordings die in parallel, because each is a process. The whole list therefore takes minutes instead
of an hour.
Must not go here: what must be true afterwards (``test_crash_points.py``).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from meeting_pipeline.domain.keys import mint_key
from meeting_pipeline.foundation.crash_points import FOLDER_VARIABLE
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

DAY = date(2026, 1, 5)
GAP = "decisions"
"""The insight that is missing at first, where gaps are tested."""
MODEL_CALLS = "POST /v1/responses"
TRIES = 3
"""Attempts in one run: the first and its two retries."""
PATIENCE_SECONDS = 420.0
"""Time for everything to finish after the last drop, on a machine that is busy with other things too."""
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
ONE_BY_ONE = ("refusing", "intake", "ordering", "looking", "requesting", "gaps.asked", "delivering", "batch")
"""Prefixes of points in processes that serve many recordings. All other points are reached in runs of one recording."""
BESIDE = 2
"""Recordings that share the run of one that is killed in a run of many."""
REQUESTING = "transcripts_ready"
FIRST = "requesting.marked"
"""Tested before all others: every recording requested at the same time shares the wait that follows."""
PROCESSES = {"looking": "sensors", "requesting": "sensors", "gaps.asked": "sensors", "refusing": "intake"}


@dataclass
class Rehearsed:
    """A recording that reached a crash point. Times are seconds since the rehearsal began."""

    point: str
    title: str
    dropped: Dropped
    key: str
    dropped_at: float
    died_at: float | None = None
    told_at: float | None = None

    @property
    def refused(self) -> bool:
        """Whether the file is one that intake rejects."""
        return self.point.startswith("refusing")

    @property
    def gap(self) -> bool:
        """Whether one insight is missing at first."""
        return self.point.startswith("gaps")


@dataclass
class Rehearsal:
    """A system and its results. Facts are collected while it runs; the tests check them after it has ended."""

    system: System
    orders: Path
    began: float = field(default_factory=time.monotonic)
    met: dict[str, Rehearsed] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    beside: list[Dropped] = field(default_factory=list)
    """Recordings that share a run with one that is killed."""

    @property
    def outside(self) -> Outside:
        """Providers and receiver."""
        return self.system.outside

    def now(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def table(self) -> str:
        """The result of each point, one per line: when it died, and how long after that its submitter was notified."""
        lines = [f"all told after {self.facts['told_after']:.0f} s, idle after {self.facts['idle_after']:.0f} s"]
        for point, one in self.met.items():
            died, told = one.died_at or 0.0, one.told_at or 0.0
            orders, uploads = (
                len(self.outside.orders(one.dropped.sha256)),
                len(self.outside.uploads(one.dropped.sha256)),
            )
            calls, hooks = len(self.outside.calls(one.title)), len(self.outside.told(one.dropped.hook))
            lines.append(
                f"{point:28} died {died:4.0f} s, told {max(told - died, 0):4.0f} s later; "
                f"{uploads} uploads {orders} orders {calls} calls {hooks} webhooks"
            )
        return "\n".join(lines)

    # --- the deaths -------------------------------------------------------------------------------------------------

    def run(self, points: Sequence[str]) -> None:
        """Reach every point once, then wait until everything is finished."""
        if FIRST in points:
            self._go_through([[FIRST]])
        self._go_through(lanes_of([point for point in points if point != FIRST]))
        self._settle()

    def _go_through(self, lanes: list[list[str]]) -> None:
        while lanes:
            for lane in lanes:
                if lane[0] not in self.met:
                    self.meet(lane[0])
                elif self._reached(lane[0]):
                    lane.pop(0)
            self._all_told()
            lanes = [lane for lane in lanes if lane]
            waiting = [lane[0] for lane in lanes]
            patience = PATIENCE_SECONDS * self.system.slack
            assert all(self.now() - self.met[p].dropped_at < patience for p in waiting if p in self.met), (
                f"not reached: {waiting}\n{self.system.describe()}"
            )
            time.sleep(0.2)

    def meet(self, point: str) -> None:
        """Request a death at a point, and drop the recording that leads to it."""
        name = point.replace(".", "-").replace("_", "-")
        title = f"Crash {len(self.met)} at {name}"  # the number is in the id, however long the name is
        if point.startswith("refusing"):
            content, file = b"no recording", f"{name}.xyz"
            subject = key = file
        else:
            content, file = media.wav(f"{self.system.home}{point}"), f"{name}.wav"
            sha256 = hashlib.sha256(content).hexdigest()
            key = mint_key(DAY, title)
            subject = sha256 if point == "intake.copied" else key
        if point.startswith("gaps"):
            times = 2 * TRIES if point == "gaps.noted" else TRIES  # the run after the death hits the gap again
            self.outside.providers.fault(MODEL_CALLS, "status", insight=GAP, words=title, times=times, status=500)
        shares = point.startswith("batch")
        if shares:
            self.system.ui.stop_sensor(REQUESTING)
        draft = self.orders / f".{point}"
        draft.write_text(subject, encoding="utf-8")
        draft.rename(self.orders / point)
        dropped = self.system.drop(file, content, hook=name, title=title, date=DAY.isoformat())
        self.met[point] = Rehearsed(point, title, dropped, key, self.now())
        if shares:
            self._share(dropped, name)

    def _share(self, dropped: Dropped, name: str) -> None:
        """Have this recording and some others requested in one tick: there is one run, so they share it."""
        others = [
            self.system.drop(f"{name}-{n}.wav", media.wav(f"{self.system.home}{name}{n}"), hook=f"{name}-{n}")
            for n in range(BESIDE)
        ]
        self.beside += others
        self.system.wait_for(
            lambda: all(self.system.recording(one).get("stage") == "transcribing" for one in (dropped, *others)),
            "all to be ordered",
        )
        self.system.ui.start_sensor(REQUESTING)

    def _reached(self, point: str) -> bool:
        if (self.orders / point).exists():
            return False
        self.met[point].died_at = self.now()
        return True

    # --- afterwards -------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        system = self.system
        system.wait_for(self._all_told, "every hook to hear its revisions", PATIENCE_SECONDS, pause=0.5)
        self.facts["told_after"] = self.now()
        system.wait_until_idle(PATIENCE_SECONDS)
        system.wait_for(lambda: not self.leftovers(), "leases and claims to be given back", PATIENCE_SECONDS, pause=1.0)
        self.facts["idle_after"] = self.now()
        self.facts["rows"] = {point: self._rows(one) for point, one in self.met.items()}
        self.facts["beside"] = [system.key(one) for one in self.beside]
        self.facts["partitions"] = set(system.ui.partitions())
        # A table or webhook batch run may start at any time; only a run that never finishes is an error.
        self.facts["runs"] = system.wait_for(self._ended_runs, "no run to be going on", PATIENCE_SECONDS, pause=1.0)
        self.facts["materialized"] = {
            point: bool(system.ui.materializations("recording", one.key))
            for point, one in self.met.items()
            if not one.refused
        }

    def _all_told(self) -> bool:
        for one in self.met.values():
            revisions = {1, 2} if one.gap else {1}
            if one.told_at is None and {b["revision"] for b in self.outside.told(one.dropped.hook)} >= revisions:
                one.told_at = self.now()
        return all(one.told_at is not None for one in self.met.values()) and all(
            self.outside.told(one.hook) for one in self.beside
        )

    def _ended_runs(self) -> list[tuple[str, str]] | None:
        runs = [(run["jobName"], run["status"]) for run in self.system.ui.runs()]
        return runs if all(status in ENDED for _, status in runs) else None

    def leftovers(self) -> list[dict[str, Any]]:
        """Everything that only a running worker may hold."""
        system = self.system
        return [
            *system.rows("SELECT run_id, recording_key FROM run_leases WHERE state IN ('live', 'fenced')"),
            *system.rows("SELECT id, claimed_by FROM transcription_orders WHERE claimed_by IS NOT NULL"),
            *system.rows("SELECT id, state FROM webhook_deliveries WHERE state <> 'delivered'"),
            *system.rows("SELECT key, stage FROM recordings WHERE stage <> 'done'"),
        ]

    def _rows(self, one: Rehearsed) -> dict[str, Any]:
        system, key = self.system, self._key_of(one)
        tables = ("segments", "speakers", "action_items", "decisions", "gaps")
        counts = {
            table: system.rows(f"SELECT count(*) AS n FROM {table} WHERE recording_key = :key", key=key)[0]["n"]  # noqa: S608 - our own names
            for table in tables
        }
        found = system.rows("SELECT * FROM recordings WHERE key = :key", key=key)[0]
        kinds = "SELECT kind, count(*) AS n FROM artifacts WHERE recording_key = :key AND available GROUP BY kind"
        return {
            "recording": found,
            "counts": counts,
            "artifacts": {row["kind"]: row["n"] for row in system.rows(kinds, key=key)},
            "events": [event["seq"] for event in system.events(key)],
            "types": [event["type"] for event in system.events(key)],
        }

    def _key_of(self, one: Rehearsed) -> str:
        if not one.refused:
            return one.key
        query = "SELECT key FROM recordings WHERE original_name = :name"
        return str(self.system.rows(query, name=one.dropped.name)[0]["key"])


def lanes_of(points: Sequence[str]) -> list[list[str]]:
    """Points of the same process in one lane, in order; each point in a run of one recording gets its own lane."""
    lanes: dict[str, list[str]] = {}
    for point in points:
        begins = next((begin for begin in ONE_BY_ONE if point.startswith(begin)), point)
        lanes.setdefault(PROCESSES.get(begins, begins), []).append(point)
    return list(lanes.values())


def crash_system(home: Path, outside: Outside, **settings: str) -> Rehearsal:
    """A system that dies at the requested points; not started yet."""
    orders = home.with_name(f"{home.name}-crashes")
    orders.mkdir(parents=True)
    settings = {FOLDER_VARIABLE: str(orders), **settings}
    return Rehearsal(System(home, outside, **settings), orders)

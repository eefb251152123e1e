"""What grows with history: CPU time of a list, a page, the sensors' questions, a scrape and a refresh, by number of recordings.

Run: ``.venv/bin/python -m benchmarks.growth [--recordings 1000 20000 100000] [--days 1500]``. One recording is processed, and its
rows are copied under other keys, triggers included. Everything is measured in this process, as CPU time, the median of several
calls; most sensors need Dagster's daemon, so their questions to the store are asked directly. Must not go here: anything that a
test relies on.
"""

import argparse
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from fastapi.testclient import TestClient

from meeting_pipeline.api import policies as api_policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.catalog.refreshing import current_tables
from meeting_pipeline.defs.ops.comparing import compare
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.operations.reprocess import make_plan
from meeting_pipeline.store.engine.clock import utc_now
from meeting_pipeline.store.recordings.cli_queries import all_keys
from meeting_pipeline.store.recordings.queries import RecordingFilter
from meeting_pipeline.supervisor.instance import opened_instance
from meeting_pipeline_tests.growing import grow, history, under_way
from meeting_pipeline_tests.store.samples import Journey, action_items

_CALLS: Final = 15
_REFRESHES: Final = 9


class Measured:
    """CPU milliseconds of each thing that was measured, for one number of recordings."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    def time(self, what: str, work: Callable[[], object], calls: int = _CALLS) -> None:
        """The median of some calls, after one that fills caches."""
        work()
        taken = []
        for _ in range(calls):
            began = time.process_time()
            work()
            taken.append(time.process_time() - began)
        self.ms[what] = statistics.median(taken) * 1000


def _questions(installation: Installation) -> None:
    """What the sensors ask the store in one tick each, without Dagster and providers."""
    store = installation.store
    store.outages.open()
    store.orders_in_flight.list()
    store.orders_in_flight.stranded()
    store.due_work.orders_due(limit=1)
    store.deliveries.due()
    store.gap_requests.gaps_due(20)
    store.results.changes(20)
    store.table_changes.version()
    store.table_changes.due()
    store.recovery.abandoned()
    store.registrations.unregistered(50)
    store.deletions.due(20)


def _measured(folder: Path, number: int, days: int) -> Measured:
    ahead = timedelta(minutes=10)
    environment = {"MEETING_PIPELINE_HOME": str(folder / f"home-{number}")}
    installation = open_installation(load_settings(environment), now=lambda: utc_now() + ahead)
    store, found = installation.store, Measured()
    keys = history(store)
    store.statistics.count_new()
    grow(store, keys, number, days)
    under_way(store)
    began = time.process_time()
    current_tables(installation).done(installation)
    found.ms["tables built anew"] = (time.process_time() - began) * 1000

    page = store.overviews.page(RecordingFilter(), 50)
    found.time("`list` and first page: `overviews.page`", lambda: store.overviews.page(RecordingFilter(), 50))
    found.time("a later page", lambda: store.overviews.page(RecordingFilter(), 50, page.after))
    found.time("... of those with a gap", lambda: store.overviews.page(RecordingFilter(any_gap=True), 50))
    found.time("... with words that no title has", lambda: store.overviews.page(RecordingFilter(title="zebra"), 50), 5)
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as api:
        found.time("GET /v1/recordings", lambda: api.get("/v1/recordings").raise_for_status())
        found.time("GET /metrics", lambda: api.get("/metrics").raise_for_status())
    found.time("questions of all sensors, one tick", lambda: _questions(installation))
    _partitions(installation, found)
    _refreshes(installation, found)
    every = all_keys(store.database)
    found.time("plan of `reprocess --all`", lambda: make_plan(installation, every, ResultKind.names()), 1)
    store.close()
    return found


def _partitions(installation: Installation, found: Measured) -> None:
    """A tick of ``missing_partitions`` on Dagster's storage: nothing was changed, and everything is compared."""
    with opened_instance(installation.settings) as instance:
        keys = installation.store.registrations.registered_keys()
        for start in range(0, len(keys), 500):
            instance.add_dynamic_partitions(RECORDINGS, keys[start : start + 500])
        cursor = compare(instance, installation, None).cursor
        found.time("`missing_partitions`, a tick", lambda: compare(instance, installation, cursor))
        found.time("... that compares everything", lambda: compare(instance, installation, None), 3)


def _refreshes(installation: Installation, found: Measured) -> None:
    numbers = iter(range(100, 1000))

    def refresh() -> None:
        journey = Journey(installation.store, number=next(numbers)).accept().begin().collect()
        journey.answer(action_items("Send it")).complete()
        began = time.process_time()
        current_tables(installation).done(installation)
        taken.append(time.process_time() - began)

    taken: list[float] = []
    for _ in range(_REFRESHES):
        refresh()
    found.ms["refresh of both tables after one meeting"] = statistics.median(taken) * 1000


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--recordings", type=int, nargs="+", default=[1000, 20_000, 100_000])
    arguments.add_argument("--days", type=int, default=1500, help="the meetings are on so many days")
    chosen, days = (parsed := arguments.parse_args()).recordings, parsed.days
    logging.disable(logging.WARNING)
    api_policies.METRICS_FRESH_SECONDS = 0.0  # type: ignore[misc]  # otherwise most scrapes are answered from memory
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in chosen:
            began = time.monotonic()
            results[number] = _measured(Path(folder), number, days).ms
            print(f"{number:,} measured in {time.monotonic() - began:.0f} s", flush=True)
            _print(results)


def _print(results: dict[int, dict[str, float]]) -> None:
    """A table of everything measured so far."""
    numbers = list(results)
    print("| CPU ms | " + " | ".join(f"{number:,}" for number in numbers) + " | last / first |")
    print("|---" * (len(numbers) + 2) + "|")
    for what in results[numbers[0]]:
        row = [results[number][what] for number in numbers]
        print(f"| {what} | " + " | ".join(f"{ms:.1f}" for ms in row) + f" | {row[-1] / row[0]:.2f} |", flush=True)


if __name__ == "__main__":
    main()

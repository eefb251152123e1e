"""A year of recordings in Dagster's storage before and after the first retention, and what an ordinary night costs after that.

Run: ``.venv/bin/python -m benchmarks.retention [--recordings 73000] [--days 365] [--folder /tmp]``. One recording is processed
against the loopback providers; the rows of its four runs are then written again and again, with other keys, ids and times: the
runs of `days` days. A tenth of the recordings is processed a second time two months later. A process beside it writes to the
same databases every 50 ms and measures how long each write waits. Must not go here: anything that a test relies on.
"""

import argparse
import hashlib
import json
import logging
import multiprocessing
import re
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import dagster as dg

from meeting_pipeline.defs.ops.retention import Pruned, prune
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.supervisor.instance import opened_instance
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.fakes.providers import providers_app
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.fakes.state import ProviderState
from meeting_pipeline_tests.installations import TALK, drop
from meeting_pipeline_tests.scenario.media import wav

_AT_ONCE: Final = 500
_AGAIN_DAYS: Final = 60.0
_NEWEST: Final = (
    "SELECT asset_key, partition, max(id) FROM event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION' GROUP BY 1, 2",
    "SELECT asset_key, check_name, partition, max(evaluation_event_storage_id) FROM asset_check_executions GROUP BY 1, 2, 3",
    "SELECT c.id FROM asset_check_executions c JOIN event_logs e ON e.id = c.evaluation_event_storage_id "
    "WHERE c.id IN (SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name, partition)",
)
_PAID: Final = ("transcription_orders", "paid_answers", "webhook_events", "webhook_deliveries", "artifacts")


class Year:
    """Writes the rows of many recordings, from those of one."""

    def __init__(self, history: Path, store: Path, key: str, days: float) -> None:
        self._log = sqlite3.connect(history / "event_log.db", isolation_level=None)
        self._runs = sqlite3.connect(history / "runs.db", isolation_level=None)
        self._store = sqlite3.connect(store, isolation_level=None)
        for connection in (self._log, self._runs, self._store):
            connection.execute("PRAGMA synchronous = OFF")
        self._key = key
        self._days = days
        self._now = datetime.now(UTC)
        self._patterns = [run for (run,) in self._runs.execute("SELECT run_id FROM runs ORDER BY id")]
        self._columns = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for connection, table in (
                (self._log, "event_logs"), (self._log, "asset_event_tags"), (self._log, "asset_check_executions"),
                (self._runs, "runs"), (self._runs, "run_tags"),
            )
        }  # fmt: skip
        self._samples = {
            (table, run): self._rows(connection, table, run)
            for connection, table in (
                (self._log, "event_logs"), (self._log, "asset_check_executions"), (self._runs, "runs"),
                (self._runs, "run_tags"),
            )
            for run in self._patterns
        }  # fmt: skip
        self._event_tags = [
            dict(zip(self._columns["asset_event_tags"], row, strict=True))
            for row in self._log.execute("SELECT * FROM asset_event_tags")
        ]
        self._first = 1 + max(row["id"] for run in self._patterns for row in self._samples["event_logs", run])

    def _rows(self, connection: sqlite3.Connection, table: str, run: str) -> list[dict[str, Any]]:
        found = connection.execute(f"SELECT * FROM {table} WHERE run_id = ? ORDER BY id", (run,))
        return [dict(zip(self._columns[table], row, strict=True)) for row in found]

    def write(self, recordings: int) -> None:
        """Write them, the oldest first."""
        work = [(self._days - self._days * n / recordings, n, False) for n in range(recordings)]
        work += [(age - _AGAIN_DAYS, n, True) for age, n, _ in work if n % 10 == 0 and age > _AGAIN_DAYS]
        work.sort(reverse=True)
        for connection in (self._log, self._runs, self._store):
            connection.execute("BEGIN")
        for place, (age, number, again) in enumerate(work):
            self._one(place, number, self._now - timedelta(days=age + 1), again=again)
            if place % _AT_ONCE == 0:
                for connection in (self._log, self._runs):
                    connection.execute("COMMIT")
                    connection.execute("BEGIN")
        self._copy_store(recordings)
        for connection in (self._log, self._runs, self._store):
            connection.execute("COMMIT")
            connection.close()

    def key(self, number: int) -> str:
        """The key of a recording."""
        return f"{self._key[:-8]}{number:08x}"

    def _one(self, place: int, number: int, at: datetime, *, again: bool) -> None:
        shift = self._first * (place + 1)
        text = f"{at:%Y-%m-%d %H:%M:%S.%f}"
        for kind, run in enumerate(self._patterns):
            if again and kind == 0:
                continue  # it is accepted once
            new = f"{place:08x}{run[8:]}"

            def changed(body: str, run: str = run, new: str = new) -> str:
                body = body.replace(run, new).replace(self._key, self.key(number))
                return re.sub(r'(event_pointer/\w+": ")(\d+)"', lambda m: f'{m[1]}{int(m[2]) + shift}"', body)

            partition = {self._key: self.key(number), None: None}
            self._insert(self._log, "event_logs", [
                {**row, "id": row["id"] + shift, "run_id": new, "event": changed(row["event"]), "timestamp": text,
                 "partition": partition[row["partition"]]}
                for row in self._samples["event_logs", run]
            ])  # fmt: skip
            self._insert(self._log, "asset_check_executions", [
                {**row, "id": None, "run_id": new, "partition": partition[row["partition"]],
                 "evaluation_event": changed(row["evaluation_event"]),
                 "evaluation_event_storage_id": row["evaluation_event_storage_id"] + shift,
                 "materialization_event_storage_id": row["materialization_event_storage_id"] + shift}
                for row in self._samples["asset_check_executions", run]
            ])  # fmt: skip
            self._insert(self._runs, "runs", [
                {**row, "id": None, "run_id": new, "run_body": changed(row["run_body"]), "start_time": at.timestamp(),
                 "end_time": at.timestamp() + 2, "create_timestamp": text, "update_timestamp": text,
                 "partition": partition[row["partition"]]}
                for row in self._samples["runs", run]
            ])  # fmt: skip
            self._insert(self._runs, "run_tags", [
                {**row, "id": None, "run_id": new, "value": changed(row["value"])}
                for row in self._samples["run_tags", run]
            ])  # fmt: skip
        mine = {row["id"] for run in self._patterns[again:] for row in self._samples["event_logs", run]}
        self._insert(self._log, "asset_event_tags", [
            {**row, "id": None, "event_id": row["event_id"] + shift} for row in self._event_tags if row["event_id"] in mine
        ])  # fmt: skip

    def _insert(self, connection: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            names = self._columns[table]
            marks = ", ".join("?" for _ in names)
            connection.executemany(
                f"INSERT INTO {table} VALUES ({marks})", [tuple(row[n] for n in names) for row in rows]
            )

    def _copy_store(self, recordings: int) -> None:
        """The rows that retention must tell from what it removes: recordings, leases, and everything that was paid for."""
        for table in ("recordings", "submissions", "run_leases", *_PAID):
            names = [row[1] for row in self._store.execute(f"PRAGMA table_info({table})")]
            column = "key" if table == "recordings" else "recording_key"
            rows = [
                dict(zip(names, row, strict=True))
                for row in self._store.execute(f"SELECT * FROM {table} WHERE {column} = ?", (self._key,))
            ]
            unique = {"id", "run_id", "order_id", "upload_url", "event_id", "submission_id", "sha256", "provider_id"}
            for number in range(recordings):
                for row in rows:
                    copied = {**row, column: self.key(number)}
                    copied |= {n: f"{number:08x}{row[n][8:]}" for n in unique & set(names) if isinstance(row[n], str)}
                    values = ", ".join("?" for _ in names)
                    self._store.execute(
                        f"INSERT OR IGNORE INTO {table} VALUES ({values})", tuple(copied[n] for n in names)
                    )


def _measure(paths: list[str], ready: Any, over: Any, found: Any) -> None:
    """Write to each database every 50 ms, and put the seconds that each write took."""
    waits = []
    connections = [sqlite3.connect(path, timeout=90, isolation_level=None) for path in paths]
    for connection in connections:
        connection.execute("CREATE TABLE IF NOT EXISTS probe (at REAL)")
    ready.set()
    while not over.is_set():
        for connection in connections:
            began = time.perf_counter()
            connection.execute("INSERT INTO probe VALUES (?)", (began,))
            waits.append(time.perf_counter() - began)
        time.sleep(0.05)
    found.put(sorted(waits))


def _needed(history: Path, store: Path) -> str:
    """A digest of what must be the same afterwards."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(history / "event_log.db")) as log, closing(sqlite3.connect(store)) as results:
        for statement in _NEWEST:
            for row in log.execute(
                f"{statement} ORDER BY 1, 2" if "JOIN" not in statement else f"{statement} ORDER BY 1"
            ):
                digest.update(repr(row).encode())
        for table in _PAID:
            for row in results.execute(f"SELECT * FROM {table} ORDER BY 1"):
                digest.update(repr(row).encode())
    return digest.hexdigest()


def _sizes(history: Path) -> dict[str, float]:
    return {
        name: sum(path.stat().st_size for path in history.glob(f"{name}.db*")) / 1e6 for name in ("event_log", "runs")
    }


def _counts(history: Path) -> dict[str, int]:
    with (
        closing(sqlite3.connect(history / "event_log.db")) as log,
        closing(sqlite3.connect(history / "runs.db")) as runs,
    ):
        tables = ((log, "event_logs"), (log, "asset_check_executions"), (runs, "runs"))
        return {table: int(one.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for one, table in tables}


def _round(what: str, installation: Installation, instance: dg.DagsterInstance, history: Path, *, dry: bool) -> None:
    context = multiprocessing.get_context("spawn")
    ready, over, found = context.Event(), context.Event(), context.Queue()
    probe = context.Process(
        target=_measure, args=([str(history / n) for n in ("event_log.db", "runs.db")], ready, over, found)
    )
    before = _needed(history, installation.settings.database_file)
    probe.start()
    ready.wait()
    cpu = time.process_time()
    done: Pruned = prune(installation, instance, dry=dry, seconds=24 * 3600.0)
    cpu = time.process_time() - cpu
    over.set()
    waits = found.get()
    probe.join()
    assert _needed(history, installation.settings.database_file) == before, "something that is needed is gone"
    assert not done.failed
    print(f"\n## {what}: {done.seconds:.1f} s, CPU {cpu:.1f} s")
    print({name: count for name, count in done.counts.items() if count})
    print(f"own longest transaction {done.dagster.longest_write_s * 1000:.0f} ms")
    print(f"writer beside it: {len(waits)} writes, p50 {1000 * waits[len(waits) // 2]:.1f} ms, "
          f"p99 {1000 * waits[int(len(waits) * 0.99)]:.0f} ms, longest {1000 * waits[-1]:.0f} ms")  # fmt: skip
    print(f"MB: {json.dumps(_sizes(history))}; rows: {json.dumps(_counts(history))}", flush=True)


def _nights(installation: Installation) -> Iterator[tuple[str, Installation, bool]]:
    yield "dry run", installation, True
    yield "first night", installation, False
    for night in (1, 2):
        moment = timedelta(days=night)
        later = open_installation(installation.settings, now=lambda moment=moment: datetime.now(UTC) + moment)  # type: ignore[misc]
        yield f"night {night} after that", later, False
        later.store.close()


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=73_000)
    parser.add_argument("--days", type=float, default=365.0)
    parser.add_argument("--folder", help="where the databases are made")
    chosen = parser.parse_args()
    logging.disable(logging.INFO)
    intake_policies.SETTLE_SECONDS = 0.0  # type: ignore[misc]
    with (
        tempfile.TemporaryDirectory(dir=chosen.folder) as folder,
        LoopbackServer(providers_app(ProviderState())) as server,
        Providers(server.url) as providers,
    ):
        settings = load_settings({"MEETING_PIPELINE_HOME": f"{folder}/home", **providers.environment()})
        installation = open_installation(settings)
        with opened_instance(settings) as instance:
            runs = Runs(installation, instance)
            drop(installation, "one.wav", wav("one"))
            drop(installation, "one.vtt", TALK)
            assert runs.job("intake").success
            [row] = installation.store.recordings.list()
            assert runs.recording(row.key).success
            assert runs.job("deliver_webhooks").success
            assert runs.job("refresh_catalog").success
            history = settings.dagster_home / "storage" / "history"
            began = time.monotonic()
            Year(history, settings.database_file, row.key, chosen.days).write(chosen.recordings)
            print(
                f"{chosen.recordings} recordings in {chosen.days:g} days, written in {time.monotonic() - began:.0f} s"
            )
            print(f"MB: {json.dumps(_sizes(history))}; rows: {json.dumps(_counts(history))}", flush=True)
            for what, opened, dry in _nights(installation):
                _round(what, opened, instance, history, dry=dry)
        installation.store.close()


if __name__ == "__main__":
    main()

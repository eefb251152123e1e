"""Removes old runs from Dagster's storage, and from those that lineage needs everything but what it needs.

Dagster's own ``delete_run`` removes a run with all its events: the newest materialization of a recording would be gone, while
copies of it stay in ``asset_keys``, evaluations in ``asset_check_executions``, and on SQLite the tags of the run. So a run that
holds something needed (``needed_events.py``) is kept with that, with its beginning and end, and with a tag that says when the
rest was removed; any other is removed with all its rows. Written for Dagster 1.13, like ``dagster_tables.py``.

Each transaction is short, and others get as much time as it took before the next one begins. A run's own row goes last: after a
crash the next round finds the run again.
Must not go here: how old is old (``retention.py``), giving freed pages back (``sqlite_pages.py``).
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import dagster as dg
import sqlalchemy as sa
from dagster import deserialize_value, serialize_value

from meeting_pipeline.dagster_internals import (
    BULK_ACTION_TERMINAL_STATUSES,
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    BackfillTagsTable,
    BulkActionsTable,
    RunsTable,
    RunTagsTable,
    SqlEventLogStorage,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
    SqlRunStorage,
)
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.ops.dagster_databases import UnknownStorage
from meeting_pipeline.defs.ops.needed_events import Contents, contents_of, known_checks
from meeting_pipeline.steps.isolation import one_of_many

_logger = logging.getLogger(__name__)

TRIMMED_TAG: Final = "meeting_pipeline/log_removed"
"""Tag of a run of which only what lineage needs was kept: the day on which the rest was removed."""
_ROOT_TAG: Final = "dagster/root_run_id"
_OVER: Final = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE)
_FINISHED_BACKFILLS: Final = tuple(status.value for status in BULK_ACTION_TERMINAL_STATUSES)


class Row(NamedTuple):
    """A finished run. ``partition``: the recording, if it is a run of one."""

    id: int
    run_id: str
    partition: str | None


@dataclass
class Freed:
    """What was removed; with a dry run, what would be."""

    runs: int = 0
    trimmed: int = 0
    """Runs that were kept for lineage, without their other events."""
    events: int = 0
    evaluations: int = 0
    backfills: int = 0
    bytes: int = 0
    """Of the events' text. Their indexes and rows take about as much again."""
    longest_write_s: float = 0.0


Before = Mapping[dg.DagsterRunStatus, datetime]
"""For each final status, the time before which a run must have ended; a status that is missing is kept for ever."""
InUse = Callable[[Sequence[Row]], Collection[str]]
"""Which of these runs the store still needs."""


class OldRuns:
    """The old runs behind an instance. Raises ``UnknownStorage`` if its event log is not one SQL database."""

    def __init__(self, instance: dg.DagsterInstance, *, dry: bool, until: float) -> None:
        """``until``: when to stop, on the monotonic clock. The next round goes on."""
        events, runs = instance.event_log_storage, instance.run_storage
        if not isinstance(events, SqlEventLogStorage) or isinstance(events, SqliteEventLogStorage):
            raise UnknownStorage(type(events).__name__)
        if not isinstance(runs, SqlRunStorage):
            raise UnknownStorage(type(runs).__name__)
        self._events: SqlEventLogStorage = events
        self._runs: SqlRunStorage = runs
        self._dry = dry
        self._until = until
        self.freed = Freed()
        self.failed = False
        """Whether some runs hit a bug; the others were handled."""

    def prune(self, before: Before, in_use: InUse, today: datetime) -> bool:
        """Remove old runs, the oldest first. Returns whether all were handled in time."""
        with self._log() as connection:
            checks = known_checks(connection)
        for rows in self._old(before):
            if time.monotonic() > self._until:
                return False
            with one_of_many(_logger, f"removing {len(rows)} old runs") as some:  # the others must not wait for them
                kept = set(in_use(rows)) | self._in_unfinished_backfills(rows)
                self._prune_some([row for row in rows if row.run_id not in kept], checks, today)
            self.failed |= some.failed
        return True

    def prune_backfills(self, before: datetime) -> None:
        """Remove finished backfills that have no run left."""
        table = BulkActionsTable
        some_run = sa.select(RunsTable.c.id).where(RunsTable.c.backfill_id == table.c.key)
        old = sa.select(table.c.key).where(
            table.c.status.in_(_FINISHED_BACKFILLS), table.c.timestamp < _naive(before), ~some_run.exists()
        )
        with self._runs.connect() as connection:
            keys = list(connection.execute(old).scalars())
        self.freed.backfills += len(keys)
        if self._dry:
            return
        for some in _portions(keys):
            with self._writing(self._runs.connect()) as connection:
                connection.execute(BackfillTagsTable.delete().where(BackfillTagsTable.c.backfill_id.in_(some)))
                connection.execute(table.delete().where(table.c.key.in_(some)))

    # --- which --------------------------------------------------------------------------------------------------------

    def _old(self, before: Before) -> Iterator[list[Row]]:
        """The finished runs that are old and were not trimmed yet, a few at a time."""
        limits = {status.value: moment.astimezone(UTC) for status, moment in before.items() if status in _OVER}
        columns = [
            RunsTable.c[name] for name in ("id", "run_id", "partition", "status", "end_time", "update_timestamp")
        ]
        last, found = 0, list[Row]()
        while True:
            # By the primary key alone: a database that may choose reads the index of all finished runs for each page.
            query = sa.select(*columns).where(RunsTable.c.id > last).order_by(RunsTable.c.id).limit(policies.PRUNE_PAGE)
            with self._runs.connect() as connection:
                page = connection.execute(query).all()
            if not page:
                break
            last = page[-1].id
            old = [Row(one.id, one.run_id, one.partition) for one in page if _ended_before(one, limits.get(one.status))]
            trimmed = self._trimmed({row.run_id for row in old})
            found += [row for row in old if row.run_id not in trimmed]
            while len(found) >= policies.PRUNE_RUNS:
                yield found[: policies.PRUNE_RUNS]
                del found[: policies.PRUNE_RUNS]
        if found:
            yield found

    def _in_unfinished_backfills(self, rows: Sequence[Row]) -> set[str]:
        unfinished = sa.select(BulkActionsTable.c.key).where(BulkActionsTable.c.status.not_in(_FINISHED_BACKFILLS))
        query = sa.select(RunsTable.c.run_id).where(
            RunsTable.c.run_id.in_([row.run_id for row in rows]), RunsTable.c.backfill_id.in_(unfinished)
        )
        with self._runs.connect() as connection:
            return set(connection.execute(query).scalars())

    def _trimmed(self, run_ids: Collection[str]) -> set[str]:
        """Which of these runs were trimmed."""
        found: set[str] = set()
        tags = RunTagsTable
        with self._runs.connect() as connection:
            for some in _portions(sorted(run_ids)):
                # All their tags: asked for the key as well, SQLite reads every run that was ever trimmed.
                rows = connection.execute(sa.select(tags.c.run_id, tags.c.key).where(tags.c.run_id.in_(some)))
                found |= {run_id for run_id, key in rows if key == TRIMMED_TAG}
        return found

    def _roots(self, run_ids: Collection[str]) -> set[str]:
        """Which of these runs were repeated by later ones."""
        tags, found = RunTagsTable, set[str]()
        with self._runs.connect() as connection:
            for some in _portions(sorted(run_ids)):
                query = sa.select(tags.c.value).where(tags.c.key == _ROOT_TAG, tags.c.value.in_(some))
                found |= set(connection.execute(query).scalars())
        return found

    # --- removing -----------------------------------------------------------------------------------------------------

    def _prune_some(self, rows: Sequence[Row], checks: Sequence[tuple[str, str]], today: datetime) -> None:
        if not rows:
            return
        run_ids = {row.run_id for row in rows}
        with self._log() as connection:
            found = contents_of(connection, run_ids, checks)
        # Runs that were trimmed earlier, and hold results that have been followed by newer ones since.
        again = self._trimmed(found.older)
        if again:
            with self._log() as connection:
                found = contents_of(connection, run_ids | again, checks)
        kept = found.needed_runs | self._roots(run_ids | again)
        self._remove_events(found, kept)
        self._remove_runs((run_ids | again) - kept)
        self._trim_runs(run_ids & kept, today)

    def _remove_events(self, found: Contents, kept: Collection[str]) -> None:
        gone = [
            one
            for one in found.events
            if one.id not in found.needed_events and not (one.run_id in kept and one.tells_how_the_run_went)
        ]
        checks = [one.id for one in found.checks if one.id not in found.needed_checks]
        self.freed.events += len(gone)
        self.freed.bytes += sum(one.size for one in gone)
        self.freed.evaluations += len(checks)
        if self._dry:
            return
        events, tags, evaluations = SqlEventLogStorageTable, AssetEventTagsTable, AssetCheckExecutionsTable
        for some in _portions([one.id for one in gone]):
            with self._writing(self._log()) as connection:
                connection.execute(tags.delete().where(tags.c.event_id.in_(some)))
                connection.execute(events.delete().where(events.c.id.in_(some)))
        for some in _portions(checks):
            with self._writing(self._log()) as connection:
                connection.execute(evaluations.delete().where(evaluations.c.id.in_(some)))

    def _remove_runs(self, run_ids: Collection[str]) -> None:
        self.freed.runs += len(run_ids)
        if self._dry:
            return
        for some in _portions(sorted(run_ids)):
            with self._writing(self._runs.connect()) as connection:
                connection.execute(RunTagsTable.delete().where(RunTagsTable.c.run_id.in_(some)))
                connection.execute(RunsTable.delete().where(RunsTable.c.run_id.in_(some)))

    def _trim_runs(self, run_ids: Collection[str], today: datetime) -> None:
        """Tag runs as trimmed. Their time of change stays: nothing that happened to them is new."""
        self.freed.trimmed += len(run_ids)
        if self._dry:
            return
        day = f"{today:%Y-%m-%d}"
        for some in _portions(sorted(run_ids)):
            with self._writing(self._runs.connect()) as connection:
                wanted = sa.select(RunsTable.c.run_id, RunsTable.c.run_body).where(RunsTable.c.run_id.in_(some))
                for run_id, body in connection.execute(wanted).all():
                    run = deserialize_value(body, dg.DagsterRun)
                    tagged = serialize_value(run.with_tags({**run.tags, TRIMMED_TAG: day}))
                    # Only if nobody has changed it meanwhile: erasing may have taken a deleted recording's key out.
                    same = (RunsTable.c.run_id == run_id) & (RunsTable.c.run_body == body)
                    if connection.execute(RunsTable.update().where(same).values(run_body=tagged)).rowcount:
                        connection.execute(RunTagsTable.insert().values(run_id=run_id, key=TRIMMED_TAG, value=day))

    def _log(self) -> AbstractContextManager[sa.Connection]:
        found: AbstractContextManager[sa.Connection] = self._events.index_connection()
        return found

    @contextmanager
    def _writing(self, connected: AbstractContextManager[sa.Connection]) -> Iterator[sa.Connection]:
        """A short transaction, after which others have their turn."""
        began = time.monotonic()
        with connected as connection:
            yield connection
        took = time.monotonic() - began
        self.freed.longest_write_s = max(self.freed.longest_write_s, took)
        time.sleep(min(took, policies.PRUNE_PAUSE_SECONDS))


def _ended_before(run: Any, moment: datetime | None) -> bool:
    if moment is None:
        return False
    if run.end_time is not None:
        return bool(run.end_time < moment.timestamp())
    return bool(run.update_timestamp < _naive(moment))  # it was cancelled in the queue


def _portions(values: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(values), policies.PRUNE_ROWS):
        yield list(values[start : start + policies.PRUNE_ROWS])


def _naive(moment: datetime) -> datetime:
    """The time as Dagster stores it: in UTC, without a time zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)

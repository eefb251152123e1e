"""Which runs in Dagster's storage are old, and which of those are needed by other runs. Reading only.

Written for Dagster 1.13, like ``dagster_tables.py``. Must not go here: how old is old (``retention.py``), what lineage needs
(``needed_events.py``), removing (``old_runs.py``).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import dagster as dg
import sqlalchemy as sa

from meeting_pipeline.dagster_internals import (
    BULK_ACTION_TERMINAL_STATUSES,
    BulkActionsTable,
    RunsTable,
    RunTagsTable,
    SqlRunStorage,
)
from meeting_pipeline.defs import policies

TRIMMED_TAG: Final = "meeting_pipeline/log_removed"
"""Tag of a run of which only what lineage needs was kept: the day on which the rest was removed."""
_ROOT_TAG: Final = "dagster/root_run_id"
_OVER: Final = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE)
FINISHED_BACKFILLS: Final = tuple(status.value for status in BULK_ACTION_TERMINAL_STATUSES)


class FinishedRun(NamedTuple):
    """A finished run. ``partition``: the recording, if it is a run of one."""

    id: int
    run_id: str
    partition: str | None


Before = Mapping[dg.DagsterRunStatus, datetime]
"""For each final status, the time before which a run must have ended; a status that is missing is kept forever."""


def old_runs(storage: SqlRunStorage, before: Before) -> Iterator[list[FinishedRun]]:
    """The finished runs that are old and were not trimmed yet, a few at a time."""
    limits = {status.value: moment.astimezone(UTC) for status, moment in before.items() if status in _OVER}
    columns = [RunsTable.c[name] for name in ("id", "run_id", "partition", "status", "end_time", "update_timestamp")]
    last, found = 0, list[FinishedRun]()
    while True:
        # By the primary key alone: a database that may choose reads the index of all finished runs for each page.
        query = sa.select(*columns).where(RunsTable.c.id > last).order_by(RunsTable.c.id).limit(policies.PRUNE_PAGE)
        with storage.connect() as connection:
            page = connection.execute(query).all()
        if not page:
            break
        last = page[-1].id
        old = [
            FinishedRun(one.id, one.run_id, one.partition) for one in page if _ended_before(one, limits.get(one.status))
        ]
        known = trimmed(storage, {row.run_id for row in old})
        found += [row for row in old if row.run_id not in known]
        while len(found) >= policies.PRUNE_RUNS:
            yield found[: policies.PRUNE_RUNS]
            del found[: policies.PRUNE_RUNS]
    if found:
        yield found


def runs_of_unfinished_backfills(storage: SqlRunStorage, rows: Sequence[FinishedRun]) -> set[str]:
    """Which of these runs belong to a backfill that is not over."""
    unfinished = sa.select(BulkActionsTable.c.key).where(BulkActionsTable.c.status.not_in(FINISHED_BACKFILLS))
    query = sa.select(RunsTable.c.run_id).where(
        RunsTable.c.run_id.in_([row.run_id for row in rows]), RunsTable.c.backfill_id.in_(unfinished)
    )
    with storage.connect() as connection:
        return set(connection.execute(query).scalars())


def trimmed(storage: SqlRunStorage, run_ids: Collection[str]) -> set[str]:
    """Which of these runs were trimmed."""
    found: set[str] = set()
    tags = RunTagsTable
    with storage.connect() as connection:
        for some in portions(sorted(run_ids)):
            # All their tags: asked for the key as well, SQLite reads every run that was ever trimmed.
            rows = connection.execute(sa.select(tags.c.run_id, tags.c.key).where(tags.c.run_id.in_(some)))
            found |= {run_id for run_id, key in rows if key == TRIMMED_TAG}
    return found


def roots(storage: SqlRunStorage, run_ids: Collection[str]) -> set[str]:
    """Which of these runs were repeated by later ones."""
    tags, found = RunTagsTable, set[str]()
    with storage.connect() as connection:
        for some in portions(sorted(run_ids)):
            query = sa.select(tags.c.value).where(tags.c.key == _ROOT_TAG, tags.c.value.in_(some))
            found |= set(connection.execute(query).scalars())
    return found


def _ended_before(run: Any, moment: datetime | None) -> bool:
    if moment is None:
        return False
    if run.end_time is not None:
        return bool(run.end_time < moment.timestamp())
    return bool(run.update_timestamp < as_stored(moment))  # it was cancelled in the queue


def portions(values: Sequence[Any]) -> Iterator[list[Any]]:
    """Values for one statement each."""
    for start in range(0, len(values), policies.PRUNE_ROWS):
        yield list(values[start : start + policies.PRUNE_ROWS])


def as_stored(moment: datetime) -> datetime:
    """The time as Dagster stores it: in UTC, without a time zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)

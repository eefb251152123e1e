"""The daemon that advances backfills: soon after one was started, and less often the longer it runs.

Dagster's own checks every 30 s: one check starts the runs of a backfill, and a later one records its end, so even the smallest
backfill took half a minute or a whole minute longer than its runs. Must not go here: what a backfill does, its limits
(``defs/``).
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from meeting_pipeline.daemon import policies
from meeting_pipeline.dagster_internals import (
    BackfillDaemon,
    BulkActionsTable,
    BulkActionStatus,
    SqlRunStorage,
    execute_backfill_iteration_loop,
)

if TYPE_CHECKING:
    import dagster as dg

    from meeting_pipeline.dagster_internals import DaemonIterator, IWorkspaceProcessContext


class PromptBackfillDaemon(BackfillDaemon):
    """Dagster's daemon, whose waits end early."""

    def core_loop(
        self, workspace_process_context: "IWorkspaceProcessContext[Any]", shutdown_event: threading.Event
    ) -> "DaemonIterator":
        """Advance backfills until the daemon stops."""
        instance = workspace_process_context.instance
        waits = _Waits(shutdown_event, lambda: age_of_youngest(instance))
        yield from execute_backfill_iteration_loop(
            workspace_process_context,
            self._logger,
            cast("threading.Event", waits),
            threadpool_executor=self._threadpool_executor,
            submit_threadpool_executor=self._submit_threadpool_executor,
        )


def age_of_youngest(instance: "dg.DagsterInstance") -> float | None:
    """How long ago the newest unfinished backfill was started, in seconds; ``None`` without one, or without the database.

    Reads only the time: the body of a large backfill takes megabytes, and this is asked every two seconds.
    """
    storage, table = instance.run_storage, BulkActionsTable
    if not isinstance(storage, SqlRunStorage):  # in memory, in a test
        return None
    unfinished = [
        status.value for status in (BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING)
    ]
    query = sa.select(table.c.timestamp).where(table.c.status.in_(unfinished)).order_by(table.c.id.desc()).limit(1)
    try:
        with storage.connect() as connection:
            started: datetime | None = connection.execute(query).scalar()
    except Exception:  # noqa: BLE001 - whatever a storage raises: it would end the loop; the next iteration reports it
        return None
    return None if started is None else time.time() - started.replace(tzinfo=UTC).timestamp()


class _Waits:
    """Stands for the event that Dagster's loop waits for. ``age``: of the youngest backfill, asked while it waits."""

    def __init__(self, stopped: threading.Event, age: Callable[[], float | None]) -> None:
        self._stopped = stopped
        self._age = age

    def is_set(self) -> bool:
        """See ``threading.Event``."""
        return self._stopped.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is time for another look, at most ``seconds``."""
        began = time.monotonic()
        while (waited := time.monotonic() - began) < seconds:
            if self._stopped.wait(min(policies.BACKFILL_LOOK_SECONDS, seconds - waited)):
                return True
            age = self._age()
            if age is not None and time.monotonic() - began >= policies.BACKFILL_AGE_SHARE * age:
                return False
        return self._stopped.is_set()

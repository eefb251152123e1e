"""The loop that advances backfills."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import pytest

from meeting_pipeline.daemon import backfills, policies
from meeting_pipeline.daemon.backfills import PromptBackfillDaemon, age_of_youngest
from meeting_pipeline.dagster_internals import BackfillDaemon, BulkActionStatus

LONG = 120.0


class Context:
    """What the loop needs of a workspace."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the loop looked at backfills. It waits for ``LONG`` in between, unless it is called earlier."""
    looks: list[float] = []

    def loop(_context: object, _logger: object, stopped: threading.Event, **_: object) -> Iterator[None]:
        while not stopped.is_set():
            looks.append(time.monotonic())
            yield
            stopped.wait(LONG)

    monkeypatch.setattr(backfills, "execute_backfill_iteration_loop", loop)
    monkeypatch.setattr(policies, "BACKFILL_LOOK_SECONDS", 0.01)
    return looks


def loop_of(
    age: Callable[[], float | None], stopped: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    monkeypatch.setattr(backfills, "age_of_youngest", lambda _instance: age())
    context: Any = Context(dg.DagsterInstance.ephemeral())
    return iter(PromptBackfillDaemon({}).core_loop(context, stopped))


def test_a_new_backfill_is_looked_at_soon_and_later_and_later(
    looked: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, ages = threading.Event(), iter([None, None, 0.0, 0.5])
    asked: list[float | None] = []

    def age() -> float | None:
        asked.append(next(ages, 0.5))
        return asked[-1]

    loop = loop_of(age, stopped, monkeypatch)
    next(loop)
    next(loop)  # it would wait for minutes
    assert asked == [None, None, 0.0]
    next(loop)
    share = policies.BACKFILL_AGE_SHARE * 0.5
    assert looked[2] - looked[1] >= share, "the older, the longer"


def test_without_a_backfill_the_wait_ends_when_the_daemon_stops(
    looked: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = threading.Event()
    loop = loop_of(stopped.set, stopped, monkeypatch)
    next(loop)
    assert list(loop) == []
    assert len(looked) == 1


def test_the_youngest_unfinished_backfill_counts() -> None:
    from dagster._core.execution.backfill import PartitionBackfill

    instance = dg.DagsterInstance.ephemeral()
    assert age_of_youngest(instance) is None
    now = time.time()
    states = [
        (300, BulkActionStatus.REQUESTED),
        (60, BulkActionStatus.CANCELING),
        (5, BulkActionStatus.COMPLETED_SUCCESS),
    ]
    for ago, status in states:
        backfill = PartitionBackfill(
            backfill_id=f"of-{ago}",
            status=status,
            from_failure=False,
            tags={},
            backfill_timestamp=now - ago,
            asset_selection=[],
            serialized_asset_backfill_data=None,
        )
        instance.add_backfill(backfill)
    age = age_of_youngest(instance)
    assert age is not None
    assert 60 <= age < 300


def test_whatever_a_storage_raises_without_its_database_does_not_end_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster_postgres.utils import DagsterPostgresException

    instance = dg.DagsterInstance.ephemeral()

    def away() -> None:
        raise DagsterPostgresException("too many retries for DB connection")

    monkeypatch.setattr(instance.run_storage, "connect", away)
    assert age_of_youngest(instance) is None


def test_it_is_the_daemon_of_backfills_for_dagster() -> None:
    assert issubclass(PromptBackfillDaemon, BackfillDaemon)
    assert PromptBackfillDaemon.daemon_type() == BackfillDaemon.daemon_type()

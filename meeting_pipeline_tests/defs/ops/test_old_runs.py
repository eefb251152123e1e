"""Old runs are removed, and Dagster shows of assets, partitions and checks what it showed before, on both databases."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.loader import LoadingContextForTest
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value
from dagster._core.storage.runs.schema import RunsTable, RunTagsTable

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.ops.old_runs import Freed, OldRuns
from meeting_pipeline.defs.ops.run_queries import TRIMMED_TAG
from meeting_pipeline_tests.dagster_storage.support import KEYS, opened, ours
from meeting_pipeline_tests.store.conftest import BOTH

pytestmark = pytest.mark.processes  # storage on disk

DAY = timedelta(days=1)
TODAY = datetime(2026, 11, 26, tzinfo=UTC)
BEFORE = dict.fromkeys(
    (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE), datetime.now(UTC) - DAY
)
FAILING: set[str] = set()


@dg.asset(partitions_def=KEYS)
def source(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """An asset whose data version is the same each time, and that fails on demand."""
    context.log.info("a line of the log")
    if context.partition_key in FAILING:
        raise ValueError("on demand")
    return dg.MaterializeResult(metadata={"words": 3}, data_version=dg.DataVersion("same"))


@dg.asset(partitions_def=KEYS, deps=[source])
def result() -> None:
    """An asset downstream."""


@dg.asset
def table() -> None:
    """An asset without partitions."""


@dg.asset_check(asset=result)
def sound() -> dg.AssetCheckResult:
    """A check."""
    return dg.AssetCheckResult(passed=True)


DEFINITIONS = dg.Definitions(
    assets=[source, result, table], asset_checks=[sound], jobs=[dg.define_asset_job("all", [source, result])]
)
ASSETS = [source.key, result.key]


@pytest.fixture(params=BOTH)
def instance(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's storage as a system uses it."""
    FAILING.clear()
    storage = ours(tmp_path)
    if request.param == "postgres":
        config = {"postgres_url": str(request.getfixturevalue("empty_postgres_url"))}
        module = "meeting_pipeline.dagster_storage.postgres"
        storage = {"custom": {"module": module, "class": "PostgresStorage", "config": config}}
    with opened(tmp_path, storage) as found:
        yield found


def ran(
    instance: dg.DagsterInstance,
    key: str,
    only: dg.AssetKey | None = None,
    *,
    old: bool = True,
    tags: Mapping[str, str] | None = None,
) -> str:
    """Run the job for a partition, or one asset of it, and return the run's id; ``old``: as if it had ended days ago."""
    instance.add_dynamic_partitions("keys", [key])
    job = DEFINITIONS.resolve_job_def("all")
    done = job.execute_in_process(
        partition_key=key,
        instance=instance,
        asset_selection=[only] if only else None,
        tags=dict(tags or {}),
        raise_on_error=False,
    )
    if old:
        age(instance, done.run_id)
    return done.run_id


def age(instance: dg.DagsterInstance, run_id: str) -> None:
    """Let a run have ended ten days ago."""
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]  # only on the SQL storage
        past = time.time() - 10 * DAY.total_seconds()
        connection.execute(RunsTable.update().where(RunsTable.c.run_id == run_id).values(end_time=past))


def prune(instance: dg.DagsterInstance, *in_use: str, dry: bool = False, seconds: float = 60.0) -> Freed:
    old = OldRuns(instance, dry=dry, until=time.monotonic() + seconds)
    old.prune(BEFORE, lambda _rows: in_use, TODAY)
    return old.freed


def rows(instance: dg.DagsterInstance, statement: sa.Select[Any]) -> list[Any]:
    with instance.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]  # as above
        return list(connection.execute(statement).all())


def events_of(instance: dg.DagsterInstance, run_id: str) -> list[str | None]:
    events = SqlEventLogStorageTable
    query = sa.select(events.c.dagster_event_type).where(events.c.run_id == run_id).order_by(events.c.id)
    return [row[0] for row in rows(instance, query)]


def shown(instance: dg.DagsterInstance) -> dict[str, Any]:
    """What the UI shows: newest results, partitions, checks, what is out of date, the latest run."""
    found: dict[str, Any] = {}
    graph = DEFINITIONS.get_repository_def().asset_graph
    for asset in (*ASSETS, table.key):
        entry = next((record.asset_entry for record in instance.get_asset_records([asset])), None)
        if entry is None:
            continue
        kind = dg.DagsterEventType.ASSET_MATERIALIZATION
        found[asset.to_user_string()] = (
            entry.last_run_id,
            entry.last_materialization_record and entry.last_materialization_record.storage_id,
            instance.get_latest_storage_id_by_partition(asset, kind),
            instance.get_materialized_partitions(asset),
        )
    for asset in ASSETS:
        instance.wipe_asset_cached_status([asset])
        status = get_and_update_asset_status_cache_value(instance, asset, KEYS)
        if status is not None:
            subset = status.deserialize_failed_partition_subsets(KEYS)
            found[f"failed {asset.to_user_string()}"] = set(subset.get_partition_keys())
    keys = [dg.AssetCheckKey(result.key, "sound")]
    found["checks"] = sorted(instance.event_log_storage.get_asset_check_partition_info(keys))
    found["latest check"] = instance.event_log_storage.get_asset_check_summary_records(keys)
    stale = CachingStaleStatusResolver(instance, graph, loading_context=LoadingContextForTest(instance))
    found["stale"] = {key: stale.get_status(result.key, key) for key in instance.get_dynamic_partitions("keys")}
    return found


def test_a_run_whose_results_were_all_followed_is_gone_with_all_its_rows(instance: dg.DagsterInstance) -> None:
    first = ran(instance, "monday", tags={"reason": "test"})
    ran(instance, "monday", old=False)
    before = shown(instance)
    freed = prune(instance)
    assert shown(instance) == before
    assert (freed.runs, freed.trimmed) == (1, 0)
    assert instance.get_run_by_id(first) is None
    assert events_of(instance, first) == []
    evaluations = AssetCheckExecutionsTable
    assert len(rows(instance, sa.select(evaluations.c.id))) == 1
    events = sa.select(SqlEventLogStorageTable.c.id)
    assert (
        rows(instance, sa.select(AssetEventTagsTable.c.id).where(AssetEventTagsTable.c.event_id.not_in(events))) == []
    )
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]  # only on the SQL storage
        tags = connection.execute(sa.select(RunTagsTable.c.key).where(RunTagsTable.c.run_id == first)).all()
    assert tags == []


def test_a_run_with_a_newest_result_keeps_it_and_how_it_went_and_says_that_the_rest_is_gone(
    instance: dg.DagsterInstance,
) -> None:
    run_id = ran(instance, "monday")
    before = shown(instance)
    assert None in events_of(instance, run_id)  # a line of the log
    freed = prune(instance)
    assert shown(instance) == before
    assert (freed.runs, freed.trimmed) == (0, 1)
    assert events_of(instance, run_id) == [
        "PIPELINE_START", "ASSET_MATERIALIZATION", "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "PIPELINE_SUCCESS",
    ]  # fmt: skip
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.tags[TRIMMED_TAG] == "2026-11-26"
    assert [one.run_id for one in instance.get_runs(dg.RunsFilter(tags={TRIMMED_TAG: "2026-11-26"}))] == [run_id]
    assert prune(instance) == Freed(longest_write_s=0.0)


def test_a_trimmed_run_goes_when_the_run_that_followed_it_is_old_too(instance: dg.DagsterInstance) -> None:
    first = ran(instance, "monday")
    prune(instance)
    second = ran(instance, "monday", old=False)
    prune(instance)
    assert instance.get_run_by_id(first) is not None
    age(instance, second)
    before = shown(instance)
    prune(instance)
    assert shown(instance) == before
    assert instance.get_run_by_id(first) is None
    assert events_of(instance, first) == []
    assert instance.get_run_by_id(second) is not None


def test_a_failed_attempt_that_nothing_followed_still_shows_its_partition_as_failed(
    instance: dg.DagsterInstance,
) -> None:
    ran(instance, "monday")
    FAILING.add("monday")
    failed = ran(instance, "monday")
    before = shown(instance)
    assert before["failed source"] == {"monday"}
    prune(instance)
    assert shown(instance) == before
    assert {"STEP_FAILURE", "PIPELINE_FAILURE"} <= set(events_of(instance, failed))
    FAILING.clear()
    third = ran(instance, "monday")
    before = shown(instance)
    prune(instance)
    assert shown(instance) == before
    assert instance.get_run_by_id(failed) is None
    assert instance.get_run_by_id(third) is not None


def test_what_a_newest_result_names_as_its_input_stays_so_that_it_is_not_called_out_of_date(
    instance: dg.DagsterInstance,
) -> None:
    ran(instance, "monday")
    ran(instance, "monday", source.key)
    before = shown(instance)
    assert before["stale"]["monday"].value == "FRESH"
    prune(instance)
    assert shown(instance) == before
    kept = instance.fetch_materializations(source.key, limit=10).records
    assert len(kept) == 2
    ran(instance, "monday", source.key)
    ran(instance, "monday", result.key)
    prune(instance)
    assert len(instance.fetch_materializations(source.key, limit=10).records) == 1


def test_of_a_result_without_partitions_the_newest_stays(instance: dg.DagsterInstance) -> None:
    ids = []
    for _ in range(3):
        done = dg.materialize([table], instance=instance)
        ids.append(done.run_id)
        age(instance, done.run_id)
    before = shown(instance)
    freed = prune(instance)
    assert shown(instance) == before
    assert (freed.runs, freed.trimmed) == (2, 1)
    assert [instance.get_run_by_id(one) is not None for one in ids] == [False, False, True]


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.QUEUED])
def test_young_and_unfinished_runs_and_those_in_use_are_not_touched(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    runs = [ran(instance, "monday", old=old) for old in (True, True, False)]
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]  # only on the SQL storage
        connection.execute(RunsTable.update().where(RunsTable.c.run_id == runs[0]).values(status=status.value))
    before = [events_of(instance, run_id) for run_id in runs]
    assert prune(instance, runs[1]).events == 0
    assert [events_of(instance, run_id) for run_id in runs] == before


def test_the_failed_have_a_time_of_their_own_and_a_status_without_one_is_kept(instance: dg.DagsterInstance) -> None:
    FAILING.add("monday")
    failed = ran(instance, "monday")
    FAILING.clear()
    ran(instance, "monday", old=False)
    old = OldRuns(instance, dry=False, until=time.monotonic() + 300)
    only_succeeded = {dg.DagsterRunStatus.SUCCESS: datetime.now(UTC) - DAY}
    assert old.prune(only_succeeded, lambda _rows: [], TODAY)
    assert instance.get_run_by_id(failed) is not None
    assert old.prune({}, lambda _rows: [], TODAY)
    assert old.freed.events == 0


def test_a_run_that_was_cancelled_before_it_began_goes_by_its_last_change(instance: dg.DagsterInstance) -> None:
    job, status = DEFINITIONS.resolve_job_def("all"), dg.DagsterRunStatus.CANCELED
    run, _latest = (instance.create_run_for_job(job, status=status) for _ in range(2))
    assert prune(instance).runs == 0
    with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]  # only on the SQL storage
        past = datetime.now(UTC).replace(tzinfo=None) - 10 * DAY
        cancelled = RunsTable.update().where(RunsTable.c.run_id == run.run_id)
        connection.execute(cancelled.values(update_timestamp=past, end_time=None))
    assert prune(instance).runs == 1
    assert instance.get_run_by_id(run.run_id) is None


def backfill(instance: dg.DagsterInstance, name: str, status: BulkActionStatus, at: datetime) -> None:
    instance.add_backfill(
        PartitionBackfill(
            backfill_id=name, status=status, from_failure=False, tags={"who": "test"}, backfill_timestamp=at.timestamp(),
            partition_names=["monday"],
        )
    )  # fmt: skip


def test_runs_of_an_unfinished_backfill_stay_and_a_finished_one_goes_with_its_last_run(
    instance: dg.DagsterInstance,
) -> None:
    long_ago = datetime.now(UTC) - 10 * DAY
    backfill(instance, "goes", BulkActionStatus.COMPLETED_SUCCESS, long_ago)
    backfill(instance, "runs", BulkActionStatus.REQUESTED, long_ago)
    backfill(instance, "has-a-run", BulkActionStatus.COMPLETED_SUCCESS, long_ago)
    backfill(instance, "young", BulkActionStatus.CANCELED, datetime.now(UTC))
    runs = {name: ran(instance, "monday", tags={"dagster/backfill": name}) for name in ("goes", "runs", "has-a-run")}
    old = OldRuns(instance, dry=False, until=time.monotonic() + 300)
    old.prune(BEFORE, lambda _rows: [], TODAY)
    old.prune_backfills(datetime.now(UTC) - DAY)
    assert {name for name, run_id in runs.items() if instance.get_run_by_id(run_id)} == {"runs", "has-a-run"}
    assert {one.backfill_id for one in instance.get_backfills()} == {"runs", "has-a-run", "young"}
    assert old.freed.backfills == 1
    assert len(events_of(instance, runs["runs"])) > 10


def test_the_first_run_of_one_that_was_repeated_stays_with_it(instance: dg.DagsterInstance) -> None:
    first = ran(instance, "monday")
    ran(instance, "monday", old=False, tags={"dagster/root_run_id": first, "dagster/parent_run_id": first})
    prune(instance)
    assert instance.get_run_by_id(first) is not None
    assert "ASSET_MATERIALIZATION" not in events_of(instance, first)


def test_a_dry_run_counts_the_same_and_changes_nothing(instance: dg.DagsterInstance) -> None:
    runs = [ran(instance, key) for key in ("monday", "monday", "tuesday")]
    before = [events_of(instance, run_id) for run_id in runs]
    counted = prune(instance, dry=True)
    assert [events_of(instance, run_id) for run_id in runs] == before
    done = prune(instance)
    done.longest_write_s = 0.0
    assert counted == done
    assert done.bytes > 10_000


def test_it_stops_in_time_and_goes_on_the_next_night(instance: dg.DagsterInstance) -> None:
    ran(instance, "monday")
    old = OldRuns(instance, dry=False, until=time.monotonic() - 1)
    assert not old.prune(BEFORE, lambda _rows: [], TODAY)
    assert old.freed == Freed()
    assert prune(instance).trimmed == 1


class Killed(BaseException):
    """The process dies."""


def test_killed_at_any_transaction_it_leaves_what_is_shown_and_the_next_round_ends_the_same(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [ran(instance, key) for key in ("monday", "monday", "tuesday", "monday")]
    before = shown(instance)
    monkeypatch.setattr(policies, "PRUNE_ROWS", 7)
    original: Callable[..., Any] = OldRuns._writing
    deaths = 0
    for last in range(1000):
        steps = iter(range(last % 4 + 1))

        def dying(self: OldRuns, connected: Any, steps: Any = steps) -> Any:
            if next(steps, None) is None:
                raise Killed
            return original(self, connected)

        monkeypatch.setattr(OldRuns, "_writing", dying)
        try:
            prune(instance)
        except Killed:
            deaths += 1
            assert shown(instance) == before
        else:
            break
    assert deaths > 5
    assert [instance.get_run_by_id(one) is not None for one in runs] == [False, False, True, True]
    assert [one for one in runs if None in events_of(instance, one)] == []

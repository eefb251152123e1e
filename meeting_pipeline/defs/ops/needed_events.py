"""Which events of old runs lineage still needs: what the Dagster UI shows of an asset, a partition and a check.

Needed are, for each asset and partition, the newest event of each kind, and an attempt that nothing has followed; the
materializations that a newest one names as its inputs (Dagster compares them to tell whether a result is out of date); and the
newest evaluation of each check. Reads only, by indexes; of checks it reads all evaluations.
Must not go here: which runs are old, and removing (``old_runs.py``).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

import dagster as dg
import sqlalchemy as sa

from meeting_pipeline.dagster_internals import AssetCheckExecutionsTable, AssetKeyTable, SqlEventLogStorageTable

_Events = SqlEventLogStorageTable
_Checks = AssetCheckExecutionsTable
_AT_ONCE: Final = 500
"""Values per statement: databases limit the number of parameters."""
_EARLIER: Final = 100
"""How many earlier events of a result without partitions are looked at."""
_MATERIALIZED: Final = dg.DagsterEventType.ASSET_MATERIALIZATION.value
_ATTEMPTS: Final = frozenset({"ASSET_MATERIALIZATION_PLANNED", "ASSET_FAILED_TO_MATERIALIZE"})
"""Events that matter only until a materialization follows: a partition without one is shown as failed."""
_INPUTS: Final = re.compile(r'"dagster/input_event_pointer/[^"]*": "(\d+)"')
_COMPLETED: Final = frozenset({"SUCCEEDED", "FAILED"})
_OF_A_RUN: Final = "PIPELINE_"
_FAILED_STEP: Final = dg.DagsterEventType.STEP_FAILURE.value

Value = TypeVar("Value", str, int)


class Event(NamedTuple):
    """A row of the event log."""

    id: int
    run_id: str
    kind: str | None
    asset: str | None
    partition: str | None
    size: int = 0

    @property
    def subject(self) -> tuple[str | None, str | None]:
        """Asset and partition."""
        return self.asset, self.partition

    @property
    def is_lifecycle_event(self) -> bool:
        """Whether it is kept for as long as its run: when it began and ended, and why it failed."""
        return self.kind is not None and (self.kind.startswith(_OF_A_RUN) or self.kind == _FAILED_STEP)


class Check(NamedTuple):
    """A row of the executions of checks."""

    id: int
    run_id: str
    check: tuple[str, str]
    partition: str | None
    status: str
    event: int | None


@dataclass
class Contents:
    """What old runs hold. ``older``: other runs with an event or evaluation that has been followed by a newer one."""

    events: list[Event] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    needed_events: set[int] = field(default_factory=set)
    needed_checks: set[int] = field(default_factory=set)
    needed_runs: set[str] = field(default_factory=set)
    older: set[str] = field(default_factory=set)


def contents_of(connection: sa.Connection, run_ids: Collection[str], checks: Sequence[tuple[str, str]]) -> Contents:
    """What these runs hold, and what of it is needed. ``checks``: all checks (``known_checks``)."""
    found = Contents()
    for some in _portions(run_ids):
        found.events += _rows(connection, _Events.c.run_id.in_(some), sized=True)
    _mark_events(connection, found, set(run_ids))
    for check in checks:
        _mark_checks(connection, found, check, set(run_ids))
    last = sa.select(AssetKeyTable.c.last_run_id).where(AssetKeyTable.c.last_run_id.in_(list(run_ids)))
    found.needed_runs |= set(connection.execute(last).scalars())  # the run that an asset's page names as its latest
    found.needed_runs |= {one.run_id for one in found.events if one.id in found.needed_events}
    found.needed_runs |= {one.run_id for one in found.checks if one.id in found.needed_checks}
    return found


def known_checks(connection: sa.Connection) -> list[tuple[str, str]]:
    """All checks that were ever run, as asset and name."""
    rows = connection.execute(sa.select(_Checks.c.asset_key, _Checks.c.check_name).distinct()).all()
    return [(str(row.asset_key), str(row.check_name)) for row in rows]


def _mark_events(connection: sa.Connection, found: Contents, mine: set[str]) -> None:
    of_assets = [one for one in found.events if one.asset is not None]
    if not of_assets:
        return
    assets = list(connection.execute(sa.select(AssetKeyTable.c.asset_key)).scalars())
    kinds = sorted({one.kind for one in of_assets if one.kind} | _ATTEMPTS | {_MATERIALIZED})
    others = list(_same_subjects(connection, of_assets, assets, kinds))
    newest: dict[tuple[str | None, str | None, str | None], int] = defaultdict(int)
    for one in (*of_assets, *others):
        key = (one.asset, one.kind, one.partition)
        newest[key] = max(newest[key], one.id)

    def is_needed(one: Event) -> bool:
        if one.id != newest[one.asset, one.kind, one.partition]:
            return False
        return one.kind not in _ATTEMPTS or one.id > newest.get((one.asset, _MATERIALIZED, one.partition), 0)

    found.needed_events |= {one.id for one in of_assets if is_needed(one)}
    subjects = {one.subject for one in of_assets}
    found.older |= {
        one.run_id for one in others if one.run_id and one.run_id not in mine and one.subject in subjects
        and not is_needed(one)
    }  # fmt: skip
    followed = {one.partition for one in of_assets if one.id not in found.needed_events and one.kind not in _ATTEMPTS}
    sources = {
        number
        for (_, kind, partition), number in newest.items()
        if kind == _MATERIALIZED and number and (partition in followed or partition is None)
    }
    found.needed_events |= _inputs(connection, sources) & {one.id for one in of_assets} if followed else set()


def _same_subjects(
    connection: sa.Connection, events: Sequence[Event], assets: Sequence[str], kinds: Sequence[str]
) -> Iterator[Event]:
    """All events of the same partitions, of any asset; of results without partitions, the newest and the ones just before."""
    of_kinds = sa.and_(_Events.c.asset_key.in_(assets), _Events.c.dagster_event_type.in_(kinds))
    for some in _portions({one.partition for one in events if one.partition is not None}):
        yield from _rows(connection, of_kinds, _Events.c.partition.in_(some))
    whole = [one for one in events if one.partition is None]
    first = min((one.id for one in whole), default=0)
    own = {one.asset for one in whole}
    for asset in assets:
        for kind in kinds:
            alike = (_Events.c.asset_key == asset, _Events.c.dagster_event_type == kind, _Events.c.partition.is_(None))
            yield from _rows(connection, *alike, latest=1)
            if asset in own:  # the ones before are gone, but for runs that were trimmed or may stay longer
                yield from _rows(connection, *alike, _Events.c.id < first, latest=_EARLIER)


def _inputs(connection: sa.Connection, events: Collection[int]) -> set[int]:
    """Ids of the materializations that these name as their inputs."""
    found: set[int] = set()
    for some in _portions(events):
        for text in connection.execute(sa.select(_Events.c.event).where(_Events.c.id.in_(some))).scalars():
            found |= {int(number) for number in _INPUTS.findall(text)}
    return found


def _mark_checks(connection: sa.Connection, found: Contents, check: tuple[str, str], mine: set[str]) -> None:
    rows = [one for some in _portions(mine) for one in _evaluations(connection, check, _Checks.c.run_id.in_(some))]
    if not rows:
        return
    found.checks += rows
    others: list[Check] = []
    for some in _portions({one.partition for one in rows if one.partition is not None}):
        others += _evaluations(connection, check, _Checks.c.partition.in_(some))
    if any(one.partition is None for one in rows):
        others += _evaluations(connection, check, _Checks.c.partition.is_(None))
    newest: dict[tuple[str | None, bool], int] = defaultdict(int)
    for one in others:
        for state in {False, one.status in _COMPLETED}:
            newest[one.partition, state] = max(newest[one.partition, state], one.id)
    needed = set(newest.values())
    found.needed_checks |= needed & {one.id for one in rows}
    found.needed_events |= {one.event for one in rows if one.id in needed and one.event is not None}
    found.older |= {one.run_id for one in others if one.id not in needed and one.run_id and one.run_id not in mine}


def _evaluations(connection: sa.Connection, check: tuple[str, str], which: sa.ColumnElement[bool]) -> list[Check]:
    query = sa.select(
        _Checks.c.id, _Checks.c.run_id, _Checks.c.partition, _Checks.c.execution_status,
        _Checks.c.evaluation_event_storage_id,
    ).where(_Checks.c.asset_key == check[0], _Checks.c.check_name == check[1], which)  # fmt: skip
    return [Check(row[0], str(row[1] or ""), check, row[2], str(row[3]), row[4]) for row in connection.execute(query)]


def _rows(
    connection: sa.Connection, *which: sa.ColumnElement[bool], sized: bool = False, latest: int | None = None
) -> list[Event]:
    size = sa.func.length(_Events.c.event) if sized else sa.literal(0)
    query = sa.select(
        _Events.c.id, _Events.c.run_id, _Events.c.dagster_event_type, _Events.c.asset_key, _Events.c.partition, size
    ).where(*which)
    if latest is not None:
        query = query.order_by(_Events.c.id.desc()).limit(latest)
    return [Event(row[0], str(row[1] or ""), *row[2:]) for row in connection.execute(query)]


def _portions(values: Collection[Value]) -> Iterator[list[Value]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]

"""The machines of an installation with a broker: workers, and the one with ``up``, as they announce themselves.

Each has a row that it renews. So everything with access to the database can see which machines take runs, with which code and
keys, and how far their clocks differ; the broker does not know this.
Must not go here: what must agree (``launching/fleet.py``), leases (``recordings/leases.py``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, or_, select

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.units import MS_PER_SECOND
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.clock import utc_now
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.recordings.fencing import ALIVE
from meeting_pipeline.store.recordings.leases import TASK
from meeting_pipeline.store.tables import MachineRow, RunLease

CONTROL: Final = "control"
"""Role and name of the machine with ``up``."""
WORKER: Final = "worker"
WORKING: Final = "working"
RESTARTING: Final = "restarting"
SHUTTING_DOWN: Final = "shutting_down"


@dataclass(frozen=True)
class Machine:
    """What a machine says about itself. Keys are fingerprints."""

    name: str
    role: str
    host: str
    queue: str
    slots: int
    version: str
    code: str
    encryption_key: str
    signing_secret: str
    state: str = WORKING


@dataclass(frozen=True)
class SeenMachine:
    """A machine as others see it."""

    machine: Machine
    busy: int
    """Runs that it executes at present."""
    clock_s: float
    """How far its clock is ahead of the database's."""
    started_at: datetime
    heard_at: datetime
    silent: bool
    """It has not announced itself for so long that its runs are given to others."""


@retrying
class Machines:
    """Repository of machines. ``machine_clock``: of this machine, which is compared with the database's."""

    def __init__(self, context: StoreContext, machine_clock: Callable[[], datetime] = utc_now) -> None:
        self._context = context
        self._machine_clock = machine_clock

    def announce(
        self, machine: Machine, *, begins: bool = False, started_at: datetime | None = None
    ) -> SeenMachine | None:
        """Renew this machine's row, and forget those that died long ago. Returns the machine with ``up``, if there is one.

        ``begins``: the process has just started, so a row of this name is that of an earlier one. ``started_at``: when the row
        of this process began; the row of a process that has replaced it since, and is not silent, is left alone.
        """
        with self._context.database.write() as session:
            now, machine_now = self._context.now(), self._machine_clock()  # together: statements take time
            kept = timedelta(seconds=policies.MACHINE_KEPT_SECONDS)
            session.execute(
                delete(MachineRow)  # one from the future died before the clock was set back
                .where(or_(MachineRow.heartbeat_at < now - kept, MachineRow.heartbeat_at > now + kept))
                .where(MachineRow.name != machine.name)
                .execution_options(synchronize_session=False)
            )
            row = session.get(MachineRow, machine.name, with_for_update=True)
            replaced = row is not None and started_at not in (None, row.started_at) and not _is_silent(row, now)
            if begins or not replaced:
                since = started_at or (now if begins or row is None else row.started_at)
                clock_ms = round((machine_now - now).total_seconds() * MS_PER_SECOND)
                session.merge(_row(machine, clock_ms=clock_ms, started_at=since, heartbeat_at=now))
            control = session.get(MachineRow, CONTROL)
            return _seen(control, 0, now) if control is not None else None

    def withdraw(self, name: str, host: str) -> None:
        """This machine has stopped. The row of another one that has taken its name meanwhile stays."""
        with self._context.database.write() as session:
            session.execute(delete(MachineRow).where(MachineRow.name == name, MachineRow.host == host))

    def control(self) -> SeenMachine | None:
        """The machine with ``up``; ``None`` if it was stopped, or has no broker."""
        with self._context.database.read() as session:
            row = session.get(MachineRow, CONTROL)
            return _seen(row, 0, self._context.now()) if row is not None else None

    def all(self) -> Sequence[SeenMachine]:
        """All machines, the one with ``up`` first, then workers by name."""
        tasks = select(RunLease.host, func.count()).where(RunLease.state.in_(ALIVE), RunLease.run_id.endswith(TASK))
        with self._context.database.read() as session:
            rows = session.scalars(select(MachineRow).order_by(MachineRow.role, MachineRow.name)).all()
            if not rows:
                return []
            busy = {str(host): int(count) for host, count in session.execute(tasks.group_by(RunLease.host)).tuples()}
            now = self._context.now()
            return [_seen(row, busy.get(row.name, 0), now) for row in rows]


def _row(machine: Machine, *, clock_ms: int, started_at: datetime, heartbeat_at: datetime) -> MachineRow:
    return MachineRow(
        name=machine.name,
        role=machine.role,
        host=machine.host,
        queue=machine.queue,
        slots=machine.slots,
        state=machine.state,
        version=machine.version,
        code=machine.code,
        encryption_key=machine.encryption_key,
        signing_secret=machine.signing_secret,
        clock_ms=clock_ms,
        started_at=started_at,
        heartbeat_at=heartbeat_at,
    )


def _seen(row: MachineRow, busy: int, now: datetime) -> SeenMachine:
    machine = Machine(
        name=row.name,
        role=row.role,
        host=row.host,
        queue=row.queue,
        slots=row.slots,
        version=row.version,
        code=row.code,
        encryption_key=row.encryption_key,
        signing_secret=row.signing_secret,
        state=row.state,
    )
    return SeenMachine(
        machine, busy, row.clock_ms / MS_PER_SECOND, row.started_at, row.heartbeat_at, _is_silent(row, now)
    )


def _is_silent(row: MachineRow, now: datetime) -> bool:
    # One in the future is from before the database's clock was set back.
    return abs(now - row.heartbeat_at) > timedelta(seconds=shared_policies.LEASE_SECONDS)

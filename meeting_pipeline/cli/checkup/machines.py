"""Checks of an installation on several machines: workers, queues, keys, code and clocks. Without a broker there are none.

Must not go here: what must agree (``launching/fleet.py``).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import DBAPIError

from meeting_pipeline.cli import policies
from meeting_pipeline.cli.checkup.findings import Finding, fail, failed, ok, warn
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.installation import open_installation
from meeting_pipeline.launching.consumers import QueueState, queue_states
from meeting_pipeline.launching.fleet import Fleet, difference, own_fleet, require_shared_settings
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.store.machines import CONTROL, RESTARTING, SHUTTING_DOWN, SeenMachine

_NAME: Final = "machines"
_START: Final = "Start one: meeting-pipeline worker"


def machines(settings: Settings) -> Iterator[Finding]:
    """Whether all machines of the installation agree, and each queue has a worker that serves it."""
    if settings.broker_url is None:
        return
    try:
        require_shared_settings(settings)
    except PipelineError as error:
        yield failed(_NAME, error)
        return
    try:
        opened = open_installation(settings, migrate=False)
        try:
            database = opened.store.database
            if database.version_as_it_is() != SCHEMA_HEAD:
                return  # the check of the database says so
            clock_s = (datetime.now(UTC) - database.now()).total_seconds()
            seen = opened.store.machines.all()
        finally:
            opened.store.close()
    except (PipelineError, DBAPIError):
        return  # likewise
    yield from _clock("this machine", clock_s)
    control = next((one for one in seen if one.machine.role == CONTROL), None)
    if control is None:
        yield warn(_NAME, "No `meeting-pipeline up` with this broker is running.", "Start it, then the workers.")
        return
    ours = own_fleet(settings)
    found = difference(ours, control.machine)
    if found is not None:
        yield failed(_NAME, found)
    workers = [one for one in seen if one is not control]
    yield from _agreement(ours, control, workers)
    for one in seen:
        yield _state(one)
        yield from _clock(one.machine.name, one.clock_s)
    yield from _slots(control, workers)
    yield from _queues(settings.broker_url.get_secret_value(), control, workers)


def _agreement(ours: Fleet, control: SeenMachine, workers: Sequence[SeenMachine]) -> Iterator[Finding]:
    odd = False
    for one in workers:
        found = difference(one.machine, control.machine)
        if found is not None and not one.silent:
            odd = True
            what = {"other_code": f"another version of the program ({one.machine.code})"}.get(found.code, "another key")
            yield fail(_NAME, f"{one.machine.name} has {what}; it stops. [{found.code}]", found.advice)
    if not odd and difference(ours, control.machine) is None:
        keys = f"encryption key {ours.encryption_key}, signing secret {ours.signing_secret}"
        yield ok(_NAME, f"All have the code {ours.code}. Fingerprints of their keys: {keys}.")


def _state(one: SeenMachine) -> Finding:
    machine = one.machine
    if machine.role == CONTROL:
        what = f"`up` on {machine.host}, at most {machine.slots} recordings at a time"
    else:
        what = f"Worker {machine.name}, {one.busy} of {machine.slots} slots busy, serves {machine.queue}"
    if one.silent:
        since = f"{one.heard_at:%Y-%m-%d %H:%M:%S} UTC"
        return warn(
            _NAME, f"{what}: silent since {since}.", "If it was not replaced, check that it runs. Others continue."
        )
    if machine.state == RESTARTING:
        return warn(_NAME, f"{what}: its Celery process ended and is being restarted.", "Its log says why.")
    if machine.state == SHUTTING_DOWN:
        return ok(_NAME, f"{what}; it is stopping.")
    return ok(_NAME, f"{what}.")


def _clock(whose: str, seconds: float) -> Iterator[Finding]:
    if abs(seconds) < policies.CLOCK_SKEW_SECONDS:
        if whose == "this machine":
            yield ok("clock", f"This machine's clock and the database's are {abs(seconds):.1f} s apart.")
        return
    way = "ahead of" if seconds > 0 else "behind"
    yield warn(
        "clock",
        f"The clock of {whose} is {abs(seconds):.1f} s {way} the database's.",
        "Synchronise the clocks of all machines with NTP. Leases and due times use the clock of the database; logs and the "
        "signatures of webhooks use that of their machine.",
    )


def _slots(control: SeenMachine, workers: Sequence[SeenMachine]) -> Iterator[Finding]:
    slots = sum(one.machine.slots for one in workers if not one.silent)
    if slots > control.machine.slots:
        yield warn(
            _NAME,
            f"The workers have {slots} slots, and `up` gives them at most {control.machine.slots} recordings at a time.",
            f"Set {VARIABLES['max_concurrent_runs']} to {slots} for `up`, and restart it.",
        )


def _queues(broker_url: str, control: SeenMachine, workers: Sequence[SeenMachine]) -> Iterator[Finding]:
    default = control.machine.queue
    names = {default, *(one.machine.queue for one in workers)}
    try:
        states = queue_states(broker_url, default.rpartition("-")[0] + "-", names)
    except PipelineError as error:
        yield failed("broker", error)
        return
    yield ok("broker", "It responds.")
    for name, state in states.items():
        yield _queue(name, state, default)


def _queue(name: str, state: QueueState, default: str) -> Finding:
    waiting = f"{state.waiting} {'run waits' if state.waiting == 1 else 'runs wait'}"
    if state.consumers:
        return ok("queue", f"{name}: {len(state.consumers)} workers, {waiting}.")
    message = f"No worker serves {name}; {waiting}."
    if name == default or state.waiting:
        return fail("queue", message, _START)
    return warn("queue", message, _START)

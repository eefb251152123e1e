"""Announces this machine to the others in the database, and notices when it no longer matches them.

A worker compares its keys and code with those of ``up`` when it starts, and here for as long as it runs: `up` may have been
upgraded since. An ``up`` that was frozen or cut off until another one replaced it finds the row of that one, and stops.
Must not go here: what must agree (``fleet.py``), the rows (``store/machines.py``).
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import OperatorError, PipelineError
from meeting_pipeline.installation import open_installation
from meeting_pipeline.launching import policies
from meeting_pipeline.launching.fleet import difference
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.machines import CONTROL, Machine, Machines, SeenMachine

_log = logging.getLogger(__name__)


class Presence:
    """A machine that announces itself from a thread.

    ``difference``: why this machine no longer belongs to the others, once that was seen: it differs from the one with ``up``, or
    was the one with ``up`` and has been replaced.
    """

    def __init__(self, settings: Settings, machine: Machine) -> None:
        self._settings = settings
        self._machine = machine
        self._changed = threading.Event()
        self._over = False
        self._begins = True
        self._started_at: datetime | None = None
        self.difference: OperatorError | None = None

    def change(self, state: str) -> None:
        """Announce another state, at once."""
        self._machine = replace(self._machine, state=state)
        self._changed.set()

    @contextmanager
    def shown(self, on_difference: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Announce the machine until the end. ``on_difference`` is called once, from the thread, if it no longer belongs."""
        thread = threading.Thread(target=self._announce, args=(on_difference,), name="presence", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over = True
            self._changed.set()
            thread.join(shared_policies.HEARTBEAT_SECONDS)

    def check(self, machines: Machines) -> bool:
        """Announce it once. Returns whether it was seen now, for the first time, that this machine no longer belongs."""
        control = machines.announce(self._machine, begins=self._begins, started_at=self._started_at)
        began, self._begins = self._begins, False
        if control is None or self.difference is not None:
            return False
        if self._machine.role != CONTROL:
            self.difference = difference(self._machine, control.machine)
        elif began:
            self._started_at = control.started_at
        elif control.started_at != self._started_at:
            self.difference = _runs_elsewhere(control)
        return self.difference is not None

    def _announce(self, on_difference: Callable[[], None]) -> None:
        opened = open_installation(self._settings, migrate=False)
        machines, troubled = opened.store.machines, False
        try:
            while not self._over:
                self._changed.clear()
                try:
                    if self.check(machines):
                        _log.error("takes no more runs and stops: %s", self.difference)
                        on_difference()
                    troubled = False
                except (PipelineError, DBAPIError) as error:
                    if not troubled:  # said once: what needs the database says more
                        _log.warning("this machine cannot be announced: %s", _reason(error))
                    troubled = True
                self._changed.wait(policies.ANNOUNCE_SECONDS)
            if self._machine.role != CONTROL or self.difference is None:  # otherwise the row is that of another `up`
                machines.withdraw(self._machine.name, self._machine.host)
        except (PipelineError, DBAPIError) as error:
            _log.warning("this machine stays listed until it counts as silent: %s", _reason(error))
        finally:
            opened.store.close()


def require_alone(settings: Settings) -> None:
    """Require that no other machine runs ``up`` on this database. One that died is waited for until it counts as silent.

    Raises: OperatorError ``running_elsewhere``.
    """
    opened = open_installation(settings, migrate=False)
    try:
        first = found = opened.store.machines.control()
        while found is not None and first is not None and _is_elsewhere(found):
            if found.heard_at != first.heard_at:
                raise _runs_elsewhere(found)
            if found is first:
                _log.info("Waiting until it is certain that `up` on %s has ended.", found.machine.host)
            time.sleep(policies.LAUNCH_REAP_SECONDS)
            found = opened.store.machines.control()
    finally:
        opened.store.close()


def _runs_elsewhere(control: SeenMachine) -> OperatorError:
    return OperatorError(
        "running_elsewhere",
        f"`meeting-pipeline up` runs on {control.machine.host} with this database.",
        "Stop it there first. Other machines of the same installation run `meeting-pipeline worker`.",
    )


def _is_elsewhere(found: SeenMachine) -> bool:
    return not found.silent and found.machine.host != socket.gethostname()


def _reason(error: Exception) -> str:
    return error.code if isinstance(error, PipelineError) else type(error).__name__

"""The daemon that launches queued runs: every second, and at once when a tick has requested some or a slot may be free.

Must not go here: which runs may start (``dagster.yaml``), how they are launched (``launching/``).
"""

import threading
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.daemon.wake_up import WakeUp
from meeting_pipeline.dagster_internals import QueuedRunCoordinatorDaemon

if TYPE_CHECKING:
    from meeting_pipeline.dagster_internals import DaemonIterator, IWorkspaceProcessContext

_QUEUE: Final = frozenset({"queue"})


class WokenRunCoordinator(QueuedRunCoordinatorDaemon):
    """``wake`` may be called from any thread."""

    def __init__(self, interval_seconds: float) -> None:
        super().__init__(interval_seconds)
        self._wake_up = WakeUp()

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake_up.call(_QUEUE)

    def core_loop(
        self, workspace_process_context: "IWorkspaceProcessContext[Any]", shutdown_event: threading.Event
    ) -> "DaemonIterator":
        """Launch queued runs until the daemon stops. Yields often, so that Dagster can write its heartbeat.

        Dagster logs an error, waits, and calls this again.
        """
        while True:
            yield from self.run_iteration(workspace_process_context)
            self._wake_up.take(self.interval_seconds, shutdown_event)
            yield None

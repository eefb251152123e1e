"""The resource ``worker``: this run's lease on what it works on, kept alive by a heartbeat.

One lease spans the steps of a run. It ends with the run; a run that dies leaves it to lapse, which is how its death is
noticed whatever launched it. Must not go here: what happens to a lapsed lease (``steps/repairing.py``).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg

from meeting_pipeline.running.crash_points import crash_point
from meeting_pipeline.steps.heartbeat import beating
from meeting_pipeline.steps.opening import Installation

_PART = "/"


def run_of(lease: str) -> str:
    """The id of the run that holds a lease: leases on one recording of a batch are ``run_id/number``."""
    return lease.partition(_PART)[0]


class Worker:
    """Leases of one run."""

    def __init__(self, installation: Installation, run_id: str) -> None:
        self._installation = installation
        self._stack = ExitStack()
        self._held: set[str] = set()
        self.run_id = run_id

    def begin(self, key: str, *, collecting: bool) -> str:
        """Start on a recording; returns the lease id to write with. Again in the same run: goes on with the lease."""
        self._installation.store.lifecycle.begin(key, self.run_id, collecting=collecting)
        crash_point("run.begun", key)
        self._keep(self.run_id)
        return self.run_id

    def begin_batch(self) -> str:
        """Start on many recordings."""
        self._installation.store.lifecycle.begin_batch(self.run_id)
        self._keep(self.run_id)
        return self.run_id

    @contextmanager
    def one_of_batch(self, key: str, number: int) -> Iterator[str]:
        """Within a batch: a lease on one recording, for as long as the block lasts."""
        lease = f"{self.run_id}{_PART}{number}"
        lifecycle = self._installation.store.lifecycle
        lifecycle.begin(key, lease, collecting=False)
        try:
            yield lease
        finally:
            lifecycle.end(lease)

    def _keep(self, lease: str) -> None:
        if lease in self._held:
            return
        self._held.add(lease)
        lifecycle = self._installation.store.lifecycle
        self._stack.callback(lifecycle.end, lease)
        self._stack.enter_context(beating(lambda: lifecycle.heartbeat(lease)))

    def close(self) -> None:
        """End the leases."""
        self._stack.close()


class WorkerResource(dg.ConfigurableResource[Worker]):
    """Makes the worker of a run, and ends its leases with the run."""

    installation: dg.ResourceDependency[Installation]

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Worker]:
        """The worker, until the run's resources are torn down."""
        worker = Worker(self.installation, context.run.run_id if context.run else "no-run")
        try:
            yield worker
        finally:
            worker.close()

"""The resource ``worker``: this run's lease on its recordings, kept alive by a heartbeat.

One lease spans all steps of a run and ends with the run. If the run dies, the lease expires, so its death is noticed, whatever
launched it. A request to stop is also a record, which the heartbeat reads: no signal has to reach the process.
Must not go here: what happens to an expired lease (``steps/operations/recover.py``).
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import StoreUnavailable, WorkerFenced
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.foundation.workers import PROCESS_TAG, WORKER_TAG, this_worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.heartbeat import beating
from meeting_pipeline.store.recordings.leases import PART, LeaseHolder

_log = logging.getLogger(__name__)


class Worker:
    """The leases of one run.

    ``request``: the number of the request that started the run, if one of our sensors did. ``is_cancelled``: whether a
    person stopped the run; checked with each heartbeat, so that nothing is bought beyond what is in progress.
    """

    def __init__(
        self,
        installation: Installation,
        run_id: str,
        *,
        request: int | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._installation = installation
        self._stack = ExitStack()
        self._held: dict[str, str | None] = {}
        self._stopping: set[str] = set()
        self._heard = 0.0
        self._request = request
        self._is_cancelled = is_cancelled
        self.run_id = run_id

    def begin(self, key: str, *, collecting: bool) -> str:
        """Start on a recording. Returns the lease id to write with. A second call in the same run keeps the lease.

        Raises: WorkerFenced, PermanentError ``run_superseded``: this run may not have the recording.
        """
        now = time.monotonic()
        self._installation.store.lifecycle.begin(key, self.run_id, collecting=collecting, request=self._request)
        crash_point("run.begun", key)
        if self.run_id not in self._held:  # a later step does not renew the lease
            self._heard = now
        self._keep(self.run_id, key)
        return self.run_id

    def begin_batch(self) -> str:
        """Start on many recordings. Raises: WorkerFenced."""
        now = time.monotonic()
        self._installation.store.leases.begin_batch(self.run_id)
        self._heard = now
        self._keep(self.run_id, None)
        return self.run_id

    @contextmanager
    def one_of_batch(
        self, key: str, number: int, *, collecting: bool = False, request: int | None = None
    ) -> Iterator[str]:
        """Within a batch: hold a lease on one recording while the block runs. It shares the heartbeat of the batch's lease.

        ``request``: the number of the recording's own request. Thread-safe.
        Raises: WorkerFenced if the batch was declared dead meanwhile; PermanentError ``run_superseded``,
            ``unknown_recording``: this run may not have the recording.
        """
        lease = f"{self.run_id}{PART}{number}"
        lifecycle, leases = self._installation.store.lifecycle, self._installation.store.leases
        if not leases.holds(self.run_id):
            raise WorkerFenced(self.run_id)
        lifecycle.begin(key, lease, collecting=collecting, request=request)
        self._held[lease] = key
        try:
            yield lease
        finally:
            self._held.pop(lease, None)
            leases.end(lease)
            self._stopping.discard(lease)

    def may_start(self) -> bool:
        """Whether this run's lease is held and fresh enough that what it starts now ends before the worker is declared lost."""
        return self.run_id in self._held and time.monotonic() - self._heard < policies.WORKER_SILENCE_SECONDS

    def _keep(self, lease: str, key: str | None) -> None:
        if not self._held:
            self._stack.enter_context(beating(self._beat))
        self._held.setdefault(lease, key)

    def _beat(self) -> None:
        """Renew the leases. Under one that is not live any more, writes are refused from now on.

        It is renewed nevertheless until its work has ended: if it was fenced, the next run waits for that.
        """
        leases = self._installation.store.leases
        now = time.monotonic()
        mine = list(self._held)
        for lease in set(mine) - leases.heartbeat(*mine, *list(self._stopping)):
            if lease in self._held:  # a part may have ended meanwhile
                self._stopping.add(lease)
                self._held.pop(lease, None)
                _log.warning("the lease %s was taken away: this worker stops", lease)
        self._heard = now
        if self._held and self._is_cancelled():
            self._cancel()

    def _cancel(self) -> None:
        for lease, key in list(self._held.items()):
            self._installation.store.cancelling.cancel_run(LeaseHolder(lease, key))

    def close(self) -> None:
        """End the leases and, if a person stopped the run, its recording too."""
        self._stack.close()
        if self._held and self._is_cancelled():
            self._cancel()
        try:
            # Threads of a batch that was interrupted may still give theirs back.
            for lease in [*self._held, *self._stopping]:
                self._installation.store.leases.end(lease)
        except StoreUnavailable as error:  # the work is done; the leases will expire and be found
            _log.warning("leases not ended: %s", error)
        self._held.clear()
        self._stopping.clear()


class WorkerResource(dg.ConfigurableResource[Worker]):
    """Creates the worker of a run, and ends its leases with the run."""

    installation: dg.ResourceDependency[Installation]

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Worker]:
        """The worker, until the run's resources are torn down."""
        run, instance = context.run, context.instance
        if run is None or instance is None:
            worker = Worker(self.installation, "no-run")
        else:
            _name_process(instance, run)
            worker = Worker(
                self.installation,
                run.run_id,
                request=_request(run),
                is_cancelled=lambda: _is_cancelled(instance, run.run_id),
            )
        try:
            yield worker
        finally:
            worker.close()


def _name_process(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Tag the run with this process, unless its launcher has: so that the process can be inspected when it is silent."""
    here = str(this_worker())
    if here not in (value_of(run.tags, WORKER_TAG), value_of(run.tags, PROCESS_TAG)):
        latest = instance.get_run_by_id(run.run_id)  # our launcher sets its tag after the run was loaded
        if latest is not None and value_of(latest.tags, WORKER_TAG) != here:
            instance.add_run_tags(run.run_id, {PROCESS_TAG: here})


def _request(run: dg.DagsterRun) -> int | None:
    """The number of the request; ``None`` for a run that fills gaps, that a person started, or that a person re-executed."""
    tag = value_of(run.tags, policies.REQUEST_TAG) or ""
    return int(tag) if tag.isdecimal() and run.parent_run_id is None else None


def _is_cancelled(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and run.status in (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED)

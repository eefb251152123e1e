"""The lease keeper: one small process that renews the leases of all busy workers of a fork server.

A worker renews its lease in a thread, which cannot run while a library computes for minutes and holds Python's lock. On a busy
machine its lease would expire, and its work would be lost. The keeper observes the workers' processes from outside and renews
the leases of those that use the CPU. A worker that hangs gets no renewal, so its lease expires and it is detected. One that was
stopped in the middle of a write to SQLite is resumed (``lock_holders.py``).
The keeper ends when the fork server and its last worker have ended. Must not go here: forking it (``server.py``).
"""

import json
import logging
import os
import time
from multiprocessing.connection import Connection

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.foundation.logs import PROCESS_VARIABLE, log_in_json
from meeting_pipeline.foundation.worker_activity import Activity, Watcher
from meeting_pipeline.foundation.workers import Worker
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.launching.lock_holders import LockHolders
from meeting_pipeline.settings import load_settings

_log = logging.getLogger(__name__)


class Keeper:
    """Renews leases. ``orders``: messages from the fork server, one for each worker, with its run id and process."""

    def __init__(
        self,
        installation: Installation,
        orders: Connection,
        watcher: Watcher | None = None,
        holders: LockHolders | None = None,
    ) -> None:
        self._installation = installation
        self._orders = orders
        self._watcher = watcher or Watcher()
        self._holders = holders or LockHolders()
        self._workers: dict[str, Worker] = {}
        self._open = True

    def run(self) -> None:
        """Renew leases until no worker is left and the fork server has ended."""
        while self._open or self._workers:
            due = time.monotonic() + policies.HEARTBEAT_SECONDS
            self.check()
            self._listen(due)

    def check(self) -> None:
        """Check all workers, and renew the leases of the busy ones in one transaction."""
        seen = {run_id: self._watcher.check(worker) for run_id, worker in self._workers.items()}
        for run_id in [run_id for run_id, activity in seen.items() if activity is Activity.GONE]:
            del self._workers[run_id]
        stopped = {self._workers[run_id] for run_id, activity in seen.items() if activity is Activity.STOPPED}
        if self._holders.resume(stopped):
            return  # a renewal would wait for them
        working = [run_id for run_id, activity in seen.items() if activity is Activity.WORKING]
        if not working:
            return
        try:
            self._installation.store.leases.keep_alive(working)
        except Exception as error:  # noqa: BLE001 - a short database outage must not end the keeper, and costs no worker its lease
            _log.warning("leases not renewed: %s", error if isinstance(error, PipelineError) else type(error).__name__)

    def add(self, run_id: str, worker: Worker) -> None:
        """Add a worker that was started."""
        self._workers[run_id] = worker

    def _listen(self, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            if not self._open:
                time.sleep(left)
                return
            # Without workers, wait until one is started.
            if not self._orders.poll(left if self._workers else None):
                return
            try:
                order = json.loads(self._orders.recv_bytes())
            except (EOFError, OSError):
                self._open = False
                return  # look at once: workers that ended meanwhile need no waiting for
            self.add(order["run_id"], Worker(order["host"], order["pid"], order["started"]))


def keep(orders: Connection) -> None:
    """The main function of the keeper's process, in the environment of a run."""
    if PROCESS_VARIABLE in os.environ:
        log_in_json("lease-keeper")
    opened = open_installation(load_settings(), migrate=False)
    try:
        Keeper(opened, orders).run()
    finally:
        opened.store.close()

"""Revokes the leases of workers that are lost: silent, stopped with their system, or busy for longer than any step takes.

A worker that was asked to stop and does not end is lost too. From then on such a worker can change nothing, and its recording is
requeued, cancelled or ended. Must not go here: recordings whose worker released its lease (``recover.py``), observing what a
worker does (``foundation/worker_activity.py``).
"""

from meeting_pipeline.foundation.worker_activity import Activity
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.recovery_round import (
    Ending,
    Repaired,
    RunStateOf,
    WorkerSeen,
    WorkerSeenOf,
    isolate_failure,
    worker_lost,
)
from meeting_pipeline.store.recordings.leases import LeaseHolder, run_of


def revoke_silent_workers(
    installation: Installation, run_state: RunStateOf, worker_seen: WorkerSeenOf, repaired: Repaired
) -> None:
    """Revoke leases of workers that were stopped with their system, or that are silent and not seen at work."""
    lease_watch, recovery = installation.store.lease_watch, installation.store.recovery
    for worker in lease_watch.stopped_workers():
        with isolate_failure(worker.key):
            if lease_watch.revoke_silent_lease(worker):
                repaired.lost_runs.append(worker.run_id)
                repaired.how[worker.run_id] = "it was stopped with its system"
                if worker.key is not None:
                    repaired.requeued += recovery.requeue(worker.key, None)
    silent = lease_watch.silent_workers()
    excused = installation.store.database.liveness.excuse([worker.run_id for worker in silent])
    working: set[str] = set()
    for worker in silent:
        if worker.run_id in excused:
            continue  # nobody could renew a lease while the database was unavailable
        with isolate_failure(worker.key):
            seen = worker_seen(worker.run_id)
            if seen.activity is Activity.WORKING:  # it computes without renewing its leases
                working.add(run_of(worker.run_id))
            elif seen.activity is not Activity.FIRST_LOOK:
                _revoke_silent(installation, worker, run_state, seen, repaired)
    if working:
        installation.store.leases.keep_alive(working)


def _revoke_silent(
    installation: Installation, worker: LeaseHolder, run_state: RunStateOf, seen: WorkerSeen, repaired: Repaired
) -> None:
    lease_watch, recovery, liveness = (
        installation.store.lease_watch,
        installation.store.recovery,
        installation.store.database.liveness,
    )
    stopped = run_state(worker.run_id).ending is Ending.CANCELLED
    if not lease_watch.revoke_silent_lease(worker):
        return
    repaired.lost_runs.append(worker.run_id)
    repaired.how[worker.run_id] = how = _how(installation, worker, seen)
    if stopped:
        repaired.cancelled += installation.store.cancelling.cancel_run(worker)
    elif worker.key is not None:
        reason = None if liveness.was_cut_off(worker.run_id) else worker_lost(how)
        repaired.requeued += recovery.requeue(worker.key, reason)


def _how(installation: Installation, worker: LeaseHolder, seen: WorkerSeen) -> str:
    """The evidence that a silent worker is lost."""
    silent = ""
    if worker.heard is not None:
        seconds = abs((installation.store.context.now() - worker.heard).total_seconds())
        silent = f"no heartbeat for {seconds:.0f} s from host {worker.host or 'unknown'}"
    return "; ".join(words for words in (seen.words, silent) if words) or "no heartbeat"


def revoke_overdue_workers(installation: Installation, repaired: Repaired) -> None:
    """Revoke leases of workers that were asked to stop, and have had the time of their longest call to do so."""
    lease_watch, recovery = installation.store.lease_watch, installation.store.recovery
    for worker in lease_watch.overdue_workers():
        with isolate_failure(worker.key):
            if not lease_watch.revoke_fenced_lease(worker.run_id):
                continue
            if not installation.store.leases.holds(run_of(worker.run_id)):
                # Otherwise its process works on other recordings.
                repaired.lost_runs.append(worker.run_id)
                repaired.how[worker.run_id] = "it was asked to stop and did not end"
            if worker.key is not None:
                repaired.requeued += recovery.requeue(worker.key, None)


def revoke_stuck_workers(installation: Installation, worker_seen: WorkerSeenOf, repaired: Repaired) -> None:
    """Revoke leases of workers that renew them but store nothing for longer than any step takes."""
    lease_watch, recovery = installation.store.lease_watch, installation.store.recovery
    stuck: set[str] = set()
    for worker in lease_watch.stuck_workers():
        with isolate_failure(worker.key):
            if not lease_watch.revoke_stuck_lease(worker):
                continue
            words = worker_seen(worker.run_id).words
            how = "; ".join(
                found for found in (words, "no step finished within the time that the longest one may take") if found
            )
            stuck.add(run_of(worker.run_id))
            repaired.lost_runs.append(worker.run_id)
            repaired.how[worker.run_id] = how
            if worker.key is not None:
                repaired.requeued += recovery.requeue(worker.key, worker_lost(how))
    for other in lease_watch.live_workers() if stuck else ():
        # The process of a run is ended as a whole: the other recordings of a shared run lose it through no fault of theirs.
        if run_of(other.run_id) in stuck:
            with isolate_failure(other.key):
                if lease_watch.revoke_stuck_lease(other) and other.key is not None:
                    repaired.requeued += recovery.requeue(other.key, None)

"""Recovers recordings of lost workers, independent of the launcher, and ends those that a person stopped.

The lease of a silent worker is revoked first: from then on the worker can change nothing. What happens to its recording depends
on how its run ended, which ``RunState`` describes independently of the launcher. The lease decides whether a worker is alive: if
its run is reported as over, but it renews its lease, it is fenced, and its recording waits until it has ended.
Must not go here: asking Dagster about runs (``defs/sensors/run_states.py``), which workers are lost (``silent_workers.py``), the
changes (``store/recordings/recovery.py``).
"""

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError, PipelineError
from meeting_pipeline.foundation.worker_activity import Activity
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.recovery_round import (
    Ending,
    Repaired,
    RequestStates,
    RunState,
    RunStateOf,
    WorkerSeen,
    WorkerSeenOf,
    isolate_failure,
    worker_lost,
)
from meeting_pipeline.steps.operations.silent_workers import (
    revoke_overdue_workers,
    revoke_silent_workers,
    revoke_stuck_workers,
)
from meeting_pipeline.steps.processing.batch import internal_error
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.recordings.run_tickets import RunTicket


def _nothing_seen(_lease: str) -> WorkerSeen:
    return WorkerSeen()


def repair(
    installation: Installation,
    *,
    run_state: RunStateOf,
    request_states: RequestStates,
    worker_seen: WorkerSeenOf = _nothing_seen,
) -> Repaired:
    """Run one round: revoke leases of silent workers, requeue or end recordings without a worker, repeat lost run requests.

    ``run_state(lease)`` looks up the run of a lease; ``request_states(tickets)`` looks up the runs of all requests at once;
    ``worker_seen(lease)`` observes the process of a silent worker.
    """
    repaired = Repaired()
    revoke_silent_workers(installation, run_state, worker_seen, repaired)
    revoke_stuck_workers(installation, worker_seen, repaired)
    revoke_overdue_workers(installation, repaired)
    _settle_the_ended(installation, run_state, worker_seen, repaired)
    for row in installation.store.recovery.abandoned():
        with isolate_failure(row.key):
            last = installation.store.leases.last_worker(row.key)
            state = run_state(last) if last is not None else RunState(Ending.UNKNOWN)
            if state.ending is Ending.GOING_ON and not _is_silent_since(installation, row.updated_at.timestamp()):
                continue  # between two steps, or about to write its result
            _bring_back(installation, row.key, state, None, repaired)
    _settle_requests(installation, request_states, repaired)
    return repaired


def _settle_the_ended(
    installation: Installation, run_state: RunStateOf, worker_seen: WorkerSeenOf, repaired: Repaired
) -> None:
    """Fence workers whose runs are over, and release the leases of those that are certainly gone.

    The launcher or a person may report a run as over while its worker is in the middle of a paid call.
    """
    lease_watch, cancelling = installation.store.lease_watch, installation.store.cancelling
    for worker in lease_watch.alive_workers():
        with isolate_failure(worker.key):
            state, fenced = run_state(worker.run_id), worker.fenced_at is not None
            if state.ending is Ending.GOING_ON and not fenced:
                continue
            if state.ending is Ending.CANCELLED and not fenced:  # it may still be ending: it must buy nothing more
                repaired.cancelled += cancelling.cancel_run(worker)
            if worker_seen(worker.run_id).activity is Activity.GONE:
                lease_watch.release_lease(worker.run_id)
            elif lease_watch.fence_lease(worker.run_id):  # also if a person deleted the run
                repaired.fenced += 1


def _settle_requests(installation: Installation, request_states: RequestStates, repaired: Repaired) -> None:
    due_work = installation.store.due_work
    queued = due_work.queued_before(0.0, policies.REQUESTS_CHECKED)
    if not queued:
        return
    states = request_states(queued)
    overdue_tickets = set(due_work.queued_before(policies.QUEUED_GRACE_SECONDS, policies.REQUESTS_CHECKED))
    for ticket in queued:
        state = states.get(ticket, RunState(Ending.UNKNOWN))
        with isolate_failure(ticket.key):
            _settle_request(installation, ticket, state, repaired, overdue=ticket in overdue_tickets)


def _settle_request(
    installation: Installation, ticket: RunTicket, state: RunState, repaired: Repaired, *, overdue: bool
) -> None:
    lifecycle, recovery = installation.store.lifecycle, installation.store.recovery
    if state.ending is Ending.NOT_CREATED or (state.ending is Ending.UNKNOWN and overdue):
        lifecycle.request_again(ticket)
        repaired.requested_again += 1
    elif _ended_before_its_turn(state):
        # Not because of it. Each request counts: in the end it gets its own run.
        lifecycle.request_again(ticket)
        repaired.requested_again += 1
    elif state.ending is Ending.NOT_LAUNCHED:
        repaired.requeued += recovery.not_launched(ticket)
    elif state.ending not in (Ending.UNKNOWN, Ending.GOING_ON):
        _bring_back(installation, ticket.key, state, ticket, repaired)


def _ended_before_its_turn(state: RunState) -> bool:
    """Whether a shared run ended before it came to a recording that it was requested for.

    Trouble of the database or the disk is left out: it needs time to pass.
    """
    bug = state.ending is Ending.ERROR and not state.trouble
    return state.shared and (bug or state.ending in (Ending.SUCCEEDED, Ending.INTERRUPTED, Ending.DIED))


def _bring_back(
    installation: Installation, key: str, state: RunState, ticket: RunTicket | None, repaired: Repaired
) -> None:
    """Cancel, defer or requeue a recording without a worker. ``ticket``: the request whose run ended before it started."""
    leases, recovery = installation.store.leases, installation.store.recovery
    if (
        ticket is None
        and state.ending is not Ending.CANCELLED
        and leases.ended_on_request(leases.last_worker(key) or "")
    ):
        repaired.requeued += recovery.requeue_stopped(key)  # its worker lived; how its run ended says nothing about it
    elif state.ending is Ending.CANCELLED:
        last = LeaseHolder(leases.last_worker(key) or "", key)
        cancelling = installation.store.cancelling
        repaired.cancelled += cancelling.cancel_request(ticket) if ticket else cancelling.cancel_run(last)
    elif state.ending is Ending.SUCCEEDED and ticket is None and recovery.leave_completed(key):
        pass  # its run was not asked for more
    elif state.ending is Ending.ERROR:
        repaired.requeued += recovery.defer(key, _error(state), ticket)
    else:
        cut_off = installation.store.database.liveness.was_cut_off(leases.last_worker(key) or "")
        deleted = state.ending is Ending.UNKNOWN  # a person deleted the run
        blameless = cut_off or deleted or state.ending in (Ending.SUCCEEDED, Ending.INTERRUPTED, Ending.NOT_LAUNCHED)
        repaired.requeued += recovery.requeue(
            key, None if blameless else worker_lost(state.how or "its process died"), ticket
        )


def _error(state: RunState) -> PipelineError:
    if state.trouble:
        return OperatorError(
            "infrastructure_error",
            f"A run could not continue: the database or the disk failed ({state.error}).",
            "`meeting-pipeline doctor` says what is wrong. Processing resumes automatically.",
        )
    return internal_error(state.error)


def _is_silent_since(installation: Installation, moment_s: float) -> bool:
    return installation.store.context.now().timestamp() - moment_s > policies.LEASE_SECONDS

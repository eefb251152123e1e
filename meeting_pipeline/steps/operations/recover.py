"""Recovers recordings of lost workers, independent of the launcher, and ends those that a person stopped.

The lease of a silent worker is revoked first: from then on the worker can change nothing. What happens to its recording
depends on how its run ended, which ``RunState`` describes independently of the launcher.
Must not go here: asking Dagster about runs (``defs/sensors/run_states.py``), the changes (``store/recordings/recovery.py``).
"""

import enum
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError, PermanentError, PipelineError, TransientError
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.foundation.worker_activity import Activity
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.isolation import one_of_many
from meeting_pipeline.store.recordings.lifecycle import LeaseHolder, RunTicket

_log = logging.getLogger(__name__)


def worker_lost(how: str) -> Problem:
    """The outcome of a recording whose workers are lost repeatedly. ``how``: what is known about the last one."""
    return Problem(
        "worker_lost",
        f"{policies.WORKER_LOSSES} runs of this recording ended without a result. The last one: {how}.",
        "Check the failed runs: the recording may need more memory than there is. Then reprocess it.",
    )


class Ending(enum.Enum):
    """How a run ended, or that it has not ended."""

    UNKNOWN = enum.auto()
    """There is no such run: it was never created, or was deleted. For a request: it may not have been created yet."""
    NOT_CREATED = enum.auto()
    """Only for a request: there is no run, and the tick that should have created it has ended."""
    GOING_ON = enum.auto()
    """Queued, starting or running, according to the run's record."""
    SUCCEEDED = enum.auto()
    CANCELLED = enum.auto()
    """A person stopped it, or requested that."""
    INTERRUPTED = enum.auto()
    """It was ended for a reason unrelated to the recording: the system was stopped, or the partition was deleted."""
    NOT_LAUNCHED = enum.auto()
    """No worker was started: the launcher failed."""
    ERROR = enum.auto()
    """A step, or code around the steps, raised an exception."""
    DIED = enum.auto()
    """Its worker ended without reporting a result."""


@dataclass(frozen=True)
class RunState:
    """The state of a run. ``error``: the type of the exception; ``trouble``: whether the machine or database failed.

    ``how``: how the worker of a run that died ended.
    """

    ending: Ending
    error: str = ""
    trouble: bool = False
    how: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the run is over, according to its record."""
        return self.ending not in (Ending.GOING_ON, Ending.CANCELLED)


@dataclass
class Repaired:
    """The result of a repair round. ``lost_runs`` (leases) must be marked failed in Dagster; ``how``: why each was lost."""

    lost_runs: list[str] = field(default_factory=list)
    how: dict[str, str] = field(default_factory=dict, compare=False)
    requeued: int = 0
    requested_again: int = 0
    cancelled: int = 0


@dataclass(frozen=True)
class WorkerSeen:
    """The observed activity of a worker's process. ``words`` describe the process; empty if nothing is known about it."""

    activity: Activity = Activity.UNKNOWN
    words: str = ""


RunStateOf = Callable[[str], RunState]
WorkerSeenOf = Callable[[str], WorkerSeen]
RequestStates = Callable[[Sequence[RunTicket]], Mapping[RunTicket, RunState]]


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
    _revoke_silent_workers(installation, run_state, worker_seen, repaired)
    _revoke_stuck_workers(installation, worker_seen, repaired)
    _settle_the_ended(installation, run_state, repaired)
    for row in installation.store.recovery.abandoned():
        with _by_itself(row.key):
            last = installation.store.leases.last_worker(row.key)
            state = run_state(last) if last is not None else RunState(Ending.UNKNOWN)
            if state.ending is Ending.GOING_ON and not _is_silent_since(installation, row.updated_at.timestamp()):
                continue  # between two steps, or about to write its result
            _bring_back(installation, row.key, state, None, repaired)
    _settle_requests(installation, request_states, repaired)
    return repaired


@contextmanager
def _by_itself(key: str | None) -> Iterator[None]:
    """Isolate errors of one recording or run: the others are still handled, and the next round retries it.

    A recording deleted in the meantime is skipped.
    """
    with one_of_many(_log, f"bringing back what a run of {key or 'a batch'} left"):
        try:
            yield
        except PermanentError as error:
            if error.code != "unknown_recording":
                raise


def _revoke_silent_workers(
    installation: Installation, run_state: RunStateOf, worker_seen: WorkerSeenOf, repaired: Repaired
) -> None:
    leases, recovery = installation.store.leases, installation.store.recovery
    for worker in leases.stopped_workers():
        with _by_itself(worker.key):
            if leases.revoke_silent_lease(worker):
                repaired.lost_runs.append(worker.run_id)
                repaired.how[worker.run_id] = "it was stopped with its system"
                if worker.key is not None:
                    repaired.requeued += recovery.requeue(worker.key, None)
    silent = leases.silent_workers()
    excused = installation.store.database.liveness.excuse([worker.run_id for worker in silent])
    for worker in silent:
        if worker.run_id in excused:
            continue  # nobody could renew a lease while the database was unavailable
        with _by_itself(worker.key):
            seen = worker_seen(worker.run_id)
            if not _is_at_work(installation, worker, seen):
                _revoke_silent(installation, worker, run_state, seen, repaired)


def _revoke_silent(
    installation: Installation, worker: LeaseHolder, run_state: RunStateOf, seen: WorkerSeen, repaired: Repaired
) -> None:
    leases, recovery, liveness = (
        installation.store.leases,
        installation.store.recovery,
        installation.store.database.liveness,
    )
    stopped = run_state(worker.run_id).ending is Ending.CANCELLED
    if not leases.revoke_silent_lease(worker):
        return
    repaired.lost_runs.append(worker.run_id)
    repaired.how[worker.run_id] = how = _how(installation, worker, seen)
    if stopped:
        repaired.cancelled += recovery.cancel_run(worker)
    elif worker.key is not None:
        reason = None if liveness.was_cut_off(worker.run_id) else worker_lost(how)
        repaired.requeued += recovery.requeue(worker.key, reason)


def _is_at_work(installation: Installation, worker: LeaseHolder, seen: WorkerSeen) -> bool:
    """Whether to leave a silent worker alone: it computes without renewing its lease, or was observed for the first time."""
    if seen.activity is Activity.WORKING:
        installation.store.leases.keep_alive([worker.run_id])
    return seen.activity in (Activity.WORKING, Activity.FIRST_LOOK)


def _how(installation: Installation, worker: LeaseHolder, seen: WorkerSeen) -> str:
    """The evidence that a silent worker is lost."""
    silent = ""
    if worker.heard is not None:
        seconds = abs((installation.store.context.now() - worker.heard).total_seconds())
        silent = f"no heartbeat for {seconds:.0f} s from host {worker.host or 'unknown'}"
    return "; ".join(words for words in (seen.words, silent) if words) or "no heartbeat"


def _revoke_stuck_workers(installation: Installation, worker_seen: WorkerSeenOf, repaired: Repaired) -> None:
    """Revoke leases of workers that renew them but store nothing for longer than any step takes."""
    leases, recovery = installation.store.leases, installation.store.recovery
    for worker in leases.stuck_workers():
        with _by_itself(worker.key):
            if not leases.revoke_stuck_lease(worker):
                continue
            words = worker_seen(worker.run_id).words
            how = "; ".join(
                found for found in (words, "no step finished within the time that the longest one may take") if found
            )
            repaired.lost_runs.append(worker.run_id)
            repaired.how[worker.run_id] = how
            if worker.key is not None:
                repaired.requeued += recovery.requeue(worker.key, worker_lost(how))


def _settle_the_ended(installation: Installation, run_state: RunStateOf, repaired: Repaired) -> None:
    leases, recovery = installation.store.leases, installation.store.recovery
    for worker in leases.live_workers():
        with _by_itself(worker.key):
            state = run_state(worker.run_id)
            if state.ending is Ending.CANCELLED:  # it may still be ending: it must buy nothing more
                repaired.cancelled += recovery.cancel_run(worker)
            elif (
                state.ending is Ending.UNKNOWN
            ):  # deleted by a person: its worker may not have noticed, and must not continue
                leases.revoke_lease(worker.run_id)
            elif state.is_over:
                leases.release_lease(worker.run_id)


def _settle_requests(installation: Installation, request_states: RequestStates, repaired: Repaired) -> None:
    lifecycle = installation.store.lifecycle
    queued = lifecycle.queued_before(0.0, policies.REQUESTS_CHECKED)
    if not queued:
        return
    states = request_states(queued)
    patience_is_over = set(lifecycle.queued_before(policies.QUEUED_GRACE_SECONDS, policies.REQUESTS_CHECKED))
    for ticket in queued:
        state = states.get(ticket, RunState(Ending.UNKNOWN))
        with _by_itself(ticket.key):
            _settle_request(installation, ticket, state, repaired, overdue=ticket in patience_is_over)


def _settle_request(
    installation: Installation, ticket: RunTicket, state: RunState, repaired: Repaired, *, overdue: bool
) -> None:
    lifecycle, recovery = installation.store.lifecycle, installation.store.recovery
    if state.ending is Ending.NOT_CREATED or (state.ending is Ending.UNKNOWN and overdue):
        lifecycle.request_again(ticket)
        repaired.requested_again += 1
    elif state.ending is Ending.NOT_LAUNCHED:
        repaired.requeued += recovery.not_launched(ticket)
    elif state.ending not in (Ending.UNKNOWN, Ending.GOING_ON):
        _bring_back(installation, ticket.key, state, ticket, repaired)


def _bring_back(
    installation: Installation, key: str, state: RunState, ticket: RunTicket | None, repaired: Repaired
) -> None:
    """Cancel, defer or requeue a recording without a worker. ``ticket``: the request whose run ended before it started."""
    leases, recovery = installation.store.leases, installation.store.recovery
    if state.ending is Ending.CANCELLED:
        last = LeaseHolder(leases.last_worker(key) or "", key)
        repaired.cancelled += recovery.cancel_request(ticket) if ticket else recovery.cancel_run(last)
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
    return TransientError(
        "internal_error",
        f"A run of this recording met a bug ({state.error}).",
        "Report it with the log of the failed run. Then reprocess the recording.",
    )


def _is_silent_since(installation: Installation, moment_s: float) -> bool:
    return installation.store.context.now().timestamp() - moment_s > policies.LEASE_SECONDS

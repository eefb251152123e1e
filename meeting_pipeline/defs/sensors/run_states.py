"""How runs ended, read from Dagster's records: by a person, by an error, or because their worker died.

Dagster 1.13 writes CANCELED only if somebody cancelled the run. A worker interrupted in another way ends its run as FAILURE with
the reason UNEXPECTED_TERMINATION (``dagster/_core/execution/api.py``). A worker that dies silently leaves a failure without a
reason, whatever finds it.
Must not go here: what follows for the recording (``steps/operations/recover.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from meeting_pipeline.dagster_internals import RUN_FAILURE_REASON_TAG, RunFailureReason
from meeting_pipeline.defs.sensors.ticks import is_lost, latest_ticks
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.foundation.workers import WORKER_TAG
from meeting_pipeline.steps.operations.recovery_round import Ending, RunState
from meeting_pipeline.steps.processing.run_config import JOB, run_keys_in
from meeting_pipeline.store.recordings.leases import run_of
from meeting_pipeline.store.recordings.run_tickets import RunTicket

_RUN_KEY: Final = "dagster/run_key"
_BATCH_LOOK: Final = timedelta(hours=1)
"""How much older than the oldest request a shared run may be: clocks of hosts differ, and are set."""
_BATCHES: Final = 500
"""The latest shared runs that are looked through: an hour of the busiest system has some 300."""
_BY_A_PERSON: Final = (dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.CANCELING)
_ERRORS: Final = (
    RunFailureReason.STEP_FAILURE.value,
    RunFailureReason.RUN_EXCEPTION.value,
    RunFailureReason.JOB_INITIALIZATION_FAILURE.value,
)
_TROUBLE: Final = frozenset(
    {"StoreUnavailable", "OperationalError", "InterfaceError", "DatabaseError", "InternalError"}
)
"""Our own error, and the driver error types that blame the database, not the query (PEP 249)."""
_SHOWN: Final = 300
"""Characters of a run's error in a message for people; the run's page has all of it."""
_FAILURES: Final = 10
"""The first failures of a run that are looked through for the one that says what was raised."""
_NO_SPACE: Final = ("[Errno 28]", "[Errno 122]", "disk is full")
_NO_PARTITION: Final = ("Nonexistent partition keys", "Could not find a partition")
"""What Dagster raises for results of a run whose partition a person deleted."""
_WRAPPERS: Final = ("Dagster", "RetryRequested", "Failure")
"""Prefixes of the types in which Dagster wraps what a step raised."""


def run_state(instance: dg.DagsterInstance, lease: str) -> RunState:
    """The state of the run that holds, or held, this lease."""
    run = instance.get_run_by_id(run_of(lease))
    return RunState(Ending.UNKNOWN) if run is None else _state(instance, run)


def request_states(
    instance: dg.DagsterInstance, tickets: Sequence[RunTicket], sensor: str
) -> Mapping[RunTicket, RunState]:
    """The states of the runs of these requests of one sensor. A request that may still become a run is left out."""
    ticks = latest_ticks(instance, sensor)  # read before the runs: when a tick is over, all its runs exist
    by_run_key = {ticket.run_key: ticket for ticket in tickets}
    found = instance.get_runs(dg.RunsFilter(tags={_RUN_KEY: list(by_run_key)}))
    states: dict[RunTicket, RunState] = {}
    for run, run_keys in _batches(instance, tickets):
        wanted = run_keys & by_run_key.keys()
        state = replace(_state(instance, run), shared=True) if wanted else None
        states |= {by_run_key[run_key]: state for run_key in wanted if state is not None}
    # Newest first: if Dagster made another run of a request, the later run counts.
    states |= {by_run_key[run.tags[_RUN_KEY]]: _state(instance, run) for run in reversed(found)}
    lost = [ticket for ticket in tickets if ticket not in states and is_lost(ticket, ticks)]
    return {**states, **dict.fromkeys(lost, RunState(Ending.NOT_CREATED))}


def _batches(instance: dg.DagsterInstance, tickets: Sequence[RunTicket]) -> Iterator[tuple[dg.DagsterRun, set[str]]]:
    """Shared runs that may stand for these requests, oldest first, with the run keys of their requests."""
    asked = [ticket.at for ticket in tickets if ticket.at is not None]
    if not asked:
        return
    recent = dg.RunsFilter(job_name=JOB, created_after=min(asked) - _BATCH_LOOK)
    for run in reversed(instance.get_runs(recent, limit=_BATCHES)):
        if run.parent_run_id is None:  # run again by a person: the requests were those of the first one
            yield run, run_keys_in(run.run_config)


def _state(instance: dg.DagsterInstance, run: dg.DagsterRun) -> RunState:
    if run.status in _BY_A_PERSON:
        return RunState(Ending.CANCELLED)
    if not run.is_finished:
        return RunState(Ending.GOING_ON)
    if run.status == dg.DagsterRunStatus.SUCCESS:
        return RunState(Ending.SUCCEEDED)
    reason = run.tags.get(RUN_FAILURE_REASON_TAG)
    if reason == RunFailureReason.UNEXPECTED_TERMINATION.value:
        return RunState(Ending.INTERRUPTED)
    if reason in _ERRORS:
        return _raised(instance, run)
    record = instance.get_run_record_by_id(run.run_id)
    seen = value_of(run.tags, WORKER_TAG) is not None or (record is not None and record.start_time is not None)
    return RunState(Ending.DIED, how=_how_it_died(instance, run)) if seen else RunState(Ending.NOT_LAUNCHED)


def _how_it_died(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """The message with which the run was marked as failed, by whatever noticed it."""
    found = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE, limit=1).records
    event = found[0].event_log_entry.dagster_event if found else None
    return one_line(event.message or "")[:_SHOWN].rstrip(".") if event is not None else ""


def _raised(instance: dg.DagsterInstance, run: dg.DagsterRun) -> RunState:
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    for record in instance.get_records_for_run(run.run_id, of_type=kinds, limit=_FAILURES).records:
        event = record.event_log_entry.dagster_event
        if event is None:
            continue
        step = event.event_type is dg.DagsterEventType.STEP_FAILURE
        data: Any = event.step_failure_data if step else event.job_failure_data  # typed as if it was always there
        if data is None:  # marked as failed, by a person or the launcher, before it raised anything
            continue
        chain = _chain(data.error)
        if any(words in link.message for link in chain for words in _NO_PARTITION):
            return RunState(Ending.INTERRUPTED)  # the partition is added again, and another run takes the recording
        name = next((link.cls_name for link in chain if not (link.cls_name or "").startswith(_WRAPPERS)), None)
        trouble = any(link.cls_name in _TROUBLE or _is_no_space(link) for link in chain)
        return RunState(Ending.ERROR, name or "unknown error", trouble)
    return RunState(Ending.ERROR, "unknown error")


def _chain(error: SerializableErrorInfo | None) -> list[SerializableErrorInfo]:
    found = []
    while error is not None:
        found.append(error)
        error = error.cause
    return found


def _is_no_space(error: SerializableErrorInfo) -> bool:
    return any(words in error.message for words in _NO_SPACE)

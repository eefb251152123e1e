"""What Dagster may still do with a tick: run requests that it has received but not created or queued runs for yet.

Dagster's daemon writes a tick when it begins, again with all its requests when the sensor has returned, and again as each
request becomes a run (``dagster/_daemon/sensor.py`` of 1.13). The ticks of a sensor do not overlap. If the daemon dies, a
tick whose sensor had returned is resumed; any other is closed when the next one begins.
Must not go here: how runs ended (``run_states.py``), what follows for recordings (``steps/operations/recover.py``).
"""

from collections.abc import Iterable

import dagster as dg

from meeting_pipeline.dagster_internals import InstigatorTick, InstigatorType, TickStatus
from meeting_pipeline.steps.processing.run_config import run_keys_in
from meeting_pipeline.store.recordings.run_tickets import RunTicket


def latest_ticks(instance: dg.DagsterInstance, sensor: str | None = None) -> list[InstigatorTick]:
    """The latest tick of this sensor, or of each. If its code location was renamed, a sensor has one tick per name."""
    if instance.schedule_storage is None:  # an instance in memory has no daemon either
        return []
    states = instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)
    return [
        tick
        for state in states
        if sensor in (None, state.name)
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
    ]


def is_lost(ticket: RunTicket, ticks: Iterable[InstigatorTick]) -> bool:
    """Whether the tick that marked this request is over, and no tick will create its run.

    ``ticks`` must have been read before checking whether the run exists. Without any tick, nothing is known.
    """
    found = list(ticks)
    return bool(found) and ticket.at is not None and not any(_may_hold(tick, ticket) for tick in found)


def runs_pending_submission(ticks: Iterable[InstigatorTick]) -> set[str]:
    """Runs that a tick is going to submit, whether they are created or not."""
    return {run_id for tick in ticks for run_id, _ in tick.unsubmitted_run_ids_with_requests}


def _may_hold(tick: InstigatorTick, ticket: RunTicket) -> bool:
    began_before = ticket.at is not None and tick.timestamp <= ticket.at.timestamp()
    if tick.status == TickStatus.STARTED and began_before:
        return True
    return any(
        ticket.run_key == request.run_key or ticket.run_key in run_keys_in(request.run_config)
        for _, request in tick.unsubmitted_run_ids_with_requests
    )

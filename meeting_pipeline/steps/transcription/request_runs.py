"""Marks recordings that can continue as queued, and returns the runs to request for them.

If a tick fails after marking, ``steps/operations/recover.py`` requests the run again. Must not go here: requesting runs of
Dagster (``defs/sensors/transcripts_ready.py``), which recordings are due (``store/recordings/due_work.py``).
"""

from collections.abc import Sequence

from meeting_pipeline.domain.outage import Outage, Service
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.recordings.run_tickets import RunTicket


def request_runs(
    installation: Installation, outages: Sequence[Outage], *, orders_are_tried: bool, limit: int, queued_at_most: int
) -> list[RunTicket]:
    """Request runs for recordings that are ready and due, except those that one of these outages would stop.

    ``limit``: how many at most; ``queued_at_most``: how many may be queued then, with earlier ones. ``orders_are_tried``: whether
    a due order may be placed anyway, so that its run finds out whether ordering works again.
    """
    tickets = _trials(installation, outages, orders_are_tried)
    tickets += installation.store.lifecycle.request_runs(limit, outages, queued_at_most=queued_at_most)
    for ticket in tickets:
        crash_point("requesting.marked", ticket.key)
    return tickets


def _trials(installation: Installation, outages: Sequence[Outage], orders_are_tried: bool) -> list[RunTicket]:
    """If the provider is available but one service is out, one recording's run at a time tests that service."""
    store, tickets = installation.store, []
    for outage in outages:
        tried = (
            outage.service is Service.ORDERS
            and orders_are_tried
            and not installation.speech.is_in_parts(outage.provider)
        )
        if tried or outage.limit or outage.service not in (Service.ORDERS, Service.TRANSCRIPTS):
            continue
        row = store.due_work.first_blocked_by_outage(outage)
        if row is not None and store.outages.claim_probe(outage.provider, outage.service, row.key):
            ticket = store.lifecycle.request_run(row.key)
            tickets += [ticket] if ticket is not None else []
    return tickets

"""Marks due gaps as requested and returns those to request.

Must not go here: requesting runs of Dagster (``defs/sensors/gaps_due.py``), which gaps are due
(``store/recordings/gap_requests.py``), the waits (``store/results/results.py``).
"""

import logging
from dataclasses import dataclass

from meeting_pipeline.domain.outage import Outage, Service
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.transcription.outages import log_daily_limit, probe
from meeting_pipeline.store.recordings.gap_requests import GapDue

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RequestedGaps:
    """The gaps to request now. ``outage``: why the others have to wait."""

    gaps: tuple[GapDue, ...]
    outage: Outage | None


def request_gaps(installation: Installation, limit: int) -> RequestedGaps:
    """Mark and return due gaps of at most ``limit`` recordings.

    During an outage, at most one is tried, when a probe is due, without using up an attempt.
    """
    with isolated_item(_log, "asking whether a provider is back"):
        probe(installation, Service.INSIGHTS)
    due = installation.store.gap_requests.gaps_due(limit)
    outages, analyst = installation.store.outages, installation.analyst.name
    outage = outages.holding(analyst, Service.LLM_CALLS)
    if outage is not None and outage.limit and due:
        log_daily_limit(installation, outage)
    if outage is not None:
        may_try = (
            not (outage.whole or outage.limit) and due and outages.claim_probe(analyst, Service.LLM_CALLS, due[0].key)
        )
        due = due[:1] if may_try else []
    requested: list[GapDue] = []
    for gap in due:
        with isolated_item(_log, f"requesting the gaps of {gap.key}"):
            request = installation.store.gap_requests.mark_requested(gap, outage=outage is not None)
            crash_point("gaps.asked", gap.key)
            requested += [request] if request is not None else []
    return RequestedGaps(tuple(requested), outage)

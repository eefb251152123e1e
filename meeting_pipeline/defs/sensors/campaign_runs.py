"""What people did in the Dagster UI with the runs of a campaign: terminated one, or cancelled its backfill.

Must not go here: what follows (``steps/campaigns/advance.py``), the runs of portions (``campaigns_due.py``).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import dagster as dg

from meeting_pipeline.dagster_internals import BULK_ACTION_TERMINAL_STATUSES, BulkActionStatus

_BY_A_PERSON: Final = (dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.CANCELING)
_ASKED: Final = {dg.DagsterEventType.PIPELINE_CANCELING, dg.DagsterEventType.PIPELINE_CANCELED}
_LATEST: Final = 10
"""Terminated runs that are looked at: a campaign has some runs at a time, and one of them is enough."""


def stopped_since(instance: dg.DagsterInstance, tags: Mapping[str, str], since: datetime | None) -> str | None:
    """A run with these tags that a person has terminated since then. ``None``: there is none.

    The time of the request counts: a run that is still stopping when its campaign is resumed was terminated before.
    """
    wanted = dg.RunsFilter(statuses=list(_BY_A_PERSON), tags=dict(tags), updated_after=since)
    for run in instance.get_runs(wanted, limit=_LATEST):
        asked = _asked_at(instance, run.run_id)
        if since is None or asked is None or asked >= since:
            return run.run_id
    return None


def backfill_state(instance: dg.DagsterInstance, backfill_id: str, since: datetime | None) -> tuple[bool, str | None]:
    """Whether a backfill is over, and its id if a person has cancelled it since then. One that Dagster has forgotten is over."""
    found = instance.get_backfill(backfill_id)
    if found is None:
        return True, None
    over = found.status in BULK_ACTION_TERMINAL_STATUSES
    ended = found.backfill_end_timestamp
    lately = since is None or ended is None or datetime.fromtimestamp(ended, UTC) >= since
    cancelled = found.status is BulkActionStatus.CANCELED and lately
    return over, f"backfill {backfill_id}" if cancelled else None


def _asked_at(instance: dg.DagsterInstance, run_id: str) -> datetime | None:
    records = instance.get_records_for_run(run_id, of_type=_ASKED, limit=1).records
    return datetime.fromtimestamp(records[0].event_log_entry.timestamp, UTC) if records else None

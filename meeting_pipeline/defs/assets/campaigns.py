"""The asset ``campaigns``: all campaigns of reprocessing as a table, with plots of their progress and spending.

It reads the store and touches no recording. Must not go here: advancing campaigns (``defs/sensors/campaigns_due.py``).
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.catalog.charts import campaigns_chart
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.preview import count, measure, schema_of
from meeting_pipeline.domain.campaigns import Campaign, CampaignState, ItemState
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.campaigns.reading import Timeline
from meeting_pipeline.store.tables.campaigns import CampaignRow

_log = logging.getLogger(__name__)
_TABLE: Final = 30
"""Campaigns in the table, newest first; `meeting-pipeline campaigns list` has more."""
_PLOTTED: Final = 5
"""Campaigns in a plot, the newest: more lines would be unreadable."""
_MEANINGS = {
    "name": "name of the campaign",
    "state": "running, paused, finished or cancelled",
    "pause_code": "why it is paused, as a code",
    "pause_reason": "why it is paused, in words",
    "hold": "whether its versions wait for a person",
    "cap_usd": "the most that it may spend; empty: no cap",
    "service_tier": "the service tier of its calls; empty: the usual one",
    "insights": "what it makes",
    "plan": "the bill with which it was started",
    "portions": "how many portions were assigned",
    "counted_from": "since when failures and refused answers count: since it was started, or resumed last",
    "gone": "recordings that were deleted since it was started",
    "gone_usd": "what it spent on them",
    "gone_calls": "the calls made for them",
    "gone_unpriced": "those of unknown price",
    "gone_refused": "those whose answers could not be used",
    "settled": "what it has spent in all, once it has been over for a while",
    "started_by": "who started it",
    "started_at": "when it was started",
    "changed_at": "when its state changed last",
}


@dg.asset(
    name="campaigns",
    group_name="quality",
    owners=[policies.OWNER],
    kinds={"python", "sql"},
    code_version="1",
    metadata={
        "dagster/column_schema": schema_of(CampaignRow, _MEANINGS),
        "dagster/table_name": CampaignRow.__tablename__,
    },
    description="Reprocessing campaigns: progress, what they have spent of their caps, and why they are paused. "
    "Refreshed "
    "automatically when the state of one changes, and every few minutes while one runs.",
)
@redacting
def campaigns(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation]
) -> dg.MaterializeResult[None]:
    """Report all campaigns."""
    found = installation.store.campaigns.all()
    times = {one.name: installation.store.campaigns.timeline(one.name) for one in found[:_PLOTTED]}
    return dg.MaterializeResult(
        metadata={
            "campaigns": count(len(found)),
            "running": count(sum(one.state is CampaignState.RUNNING for one in found)),
            "paused": count(sum(one.state is CampaignState.PAUSED for one in found)),
            "spent_usd": measure(sum(one.spent.usd for one in found), 6),
            "table": dg.MetadataValue.md(_table(installation, found[:_TABLE])),
            "progress": dg.MetadataValue.md(
                _plot(times, "Recordings that are done or failed", lambda one: one.recordings)
            ),
            "spending": dg.MetadataValue.md(_plot(times, "USD spent", lambda one: one.usd)),
        }
    )


def _table(installation: Installation, found: Sequence[Campaign]) -> str:
    rows = [
        "| campaign | state | recordings | failed | spent | cap | why it is paused |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in found:
        tag = quote(f"tag:{shared_policies.CAMPAIGN_TAG}={one.name}", safe="")
        cap = f"{one.cap_usd:.2f}" if one.cap_usd is not None else "-"
        link = f"[{one.name}]({installation.settings.ui_url}/runs?q[0]={tag})"
        why = one.pause_code.value if one.pause_code else ""
        cells = (link, one.state.value, f"{one.ended}/{one.recordings}", str(one.progress[ItemState.FAILED]))
        rows.append(f"| {' | '.join((*cells, f'{one.spent.usd:.4f}', cap, why))} |")
    return "\n".join(rows)


def _plot(times: dict[str, Timeline], title: str, line: Callable[[Timeline], Sequence[tuple[datetime, float]]]) -> str:
    try:
        return campaigns_chart({name: line(one) for name, one in times.items()}, title)
    except Exception as error:  # noqa: BLE001 - whatever failed, the figures matter more than their chart
        _log.exception("the chart could not be drawn")
        return f"The chart could not be drawn ({type(error).__name__})."

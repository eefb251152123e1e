"""Campaigns and their reports as JSON: the same for the command line and the API.

Must not go here: text for people (``cli/campaign_output.py``).
"""

from dataclasses import asdict
from typing import Any, Final

from meeting_pipeline.domain.campaigns import Campaign, CampaignItem, ItemState
from meeting_pipeline.steps.campaigns.report import CampaignReport, InsightReport

_DIGITS: Final = 6
"""Of sums in USD: a call costs some hundredths of a cent."""


def campaign_json(campaign: Campaign) -> dict[str, Any]:
    """A campaign, with the notes that were read with it."""
    spent = campaign.spent
    return {
        "name": campaign.name,
        "state": campaign.state.value,
        "pause_code": campaign.pause_code.value if campaign.pause_code else None,
        "pause_reason": campaign.pause_reason,
        "insights": list(campaign.insights),
        "hold": campaign.hold,
        "service_tier": campaign.service_tier,
        "max_usd": campaign.cap_usd,
        "expected_usd": campaign.plan.get("total_usd"),
        "projected_usd": round(campaign.projected_usd, _DIGITS) if campaign.projected_usd is not None else None,
        "spent_usd": round(spent.usd, _DIGITS),
        "unpriced_calls": spent.unpriced,
        "calls": spent.calls,
        "refused_answers": spent.refused,
        "unanswered_calls": spent.unanswered,
        "recordings": campaign.recordings,
        **{state.value: campaign.progress[state] for state in ItemState},
        "deleted": campaign.gone,
        "changed": campaign.changed,
        "promoted": campaign.promoted,
        "discarded": campaign.discarded,
        "started_by": campaign.started_by,
        "started_at": campaign.started_at.isoformat(),
        "changed_at": campaign.changed_at.isoformat(),
        "notes": [
            {
                "change": note.change.value,
                "by": note.made_by,
                "at": note.made_at.isoformat(),
                "reason": note.reason,
                "recordings": note.recordings,
            }
            for note in campaign.notes
        ],
    }


def item_json(item: CampaignItem) -> dict[str, Any]:
    """A recording of a campaign."""
    return {
        "recording_id": item.key,
        "title": item.title,
        "state": item.state.value,
        "decision": item.decision.value if item.decision else None,
        "error_code": item.error_code,
        "error_message": item.error_message,
        "size": item.size,
        "changes": {insight: asdict(change) for insight, change in item.changes.items()},
    }


def report_json(report: CampaignReport) -> dict[str, Any]:
    """A report."""
    return {
        "campaign": campaign_json(report.campaign),
        "unchanged": report.unchanged,
        "insights": [_insight(one) for one in report.insights],
        "largest_changes": [item_json(item) for item in report.largest],
        "failures": dict(report.failures),
    }


def _insight(one: InsightReport) -> dict[str, Any]:
    return {**asdict(one), "verified_rate_before": one.rate_before, "verified_rate": one.rate}

"""How campaigns and their reports are shown to people.

Must not go here: JSON (``steps/campaigns/campaign_json.py``), the commands (``campaigns.py``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.cli.bill_output import money
from meeting_pipeline.domain.campaigns import Campaign, CampaignItem, ItemState
from meeting_pipeline.domain.text import short_line, table
from meeting_pipeline.steps.campaigns.report import CampaignReport

_TITLE: Final = 40
"""Characters of a title, so that a row fits into one line."""
_FAILED: Final = 20
"""Failed recordings that ``show`` names; JSON has all of them."""


def campaign_table(campaigns: Sequence[Campaign]) -> str:
    """The list."""
    heading = ("CAMPAIGN", "STATE", "RECORDINGS", "FAILED", "SPENT", "CAP", "STARTED", "BY")
    return table(heading, [_cells(one) for one in campaigns])


def campaign_lines(campaign: Campaign, failed: Sequence[CampaignItem]) -> Iterator[str]:
    """One campaign, with its notes and failed recordings."""
    yield f"{campaign.name}: {campaign.state.value}"
    if campaign.pause_code is not None:
        yield f"Paused: {campaign.pause_reason or 'by a person'} [{campaign.pause_code.value}]"
    held = ", to be held" if campaign.hold else ""
    yield f"Results: {', '.join(campaign.insights)}{held}"
    if campaign.service_tier is not None:
        yield f"Service tier: {campaign.service_tier}"
    states = ", ".join(f"{campaign.progress[state]} {state.value}" for state in ItemState)
    yield f"Recordings: {campaign.recordings} ({states})" + (f", {campaign.gone} deleted" if campaign.gone else "")
    yield f"Spent: {money(campaign.spent.usd, campaign.spent.unpriced)} of {_cap(campaign)}, in {campaign.spent.calls} calls"
    if "total_usd" in campaign.plan:
        yield f"Expected when it was started: {money(float(campaign.plan['total_usd']), int(campaign.plan.get('unpriced', 0)))}"
    if campaign.projected_usd is not None and not campaign.state.over:
        yield f"Projected from the finished part: {money(campaign.projected_usd, 0)}"
    if campaign.spent.refused:
        yield f"Answers that cannot be used: {campaign.spent.refused}"
    if campaign.spent.unanswered:
        yield f"Calls without an answer, which may have been billed: {campaign.spent.unanswered}"
    yield f"Changed: {campaign.changed}; promoted: {campaign.promoted}; discarded: {campaign.discarded}"
    for item in failed[:_FAILED]:
        yield f"Failed: {item.key}: {item.error_message} [{item.error_code}]"
    if len(failed) > _FAILED:
        yield f"... and {len(failed) - _FAILED} more: --json lists all."
    for note in campaign.notes:
        many = f" {note.recordings} recordings" if note.recordings is not None else ""
        why = f": {note.reason}" if note.reason else ""
        yield f"{note.made_at:%Y-%m-%d %H:%M} UTC  {note.change.value}{many} by {note.made_by}{why}"


def report_lines(report: CampaignReport) -> Iterator[str]:
    """The report."""
    campaign = report.campaign
    done = campaign.progress[ItemState.DONE]
    yield f"{campaign.name}: {campaign.state.value}; {done} of {campaign.recordings} recordings made"
    yield f"Changed: {campaign.changed} meetings; unchanged: {report.unchanged}; failed: {campaign.progress[ItemState.FAILED]}"
    for code, many in report.failures.items():
        yield f"  failed with {code}: {many}"
    for one in report.insights:
        yield (
            f"{one.insight}: {one.differ} of {one.recordings} differ; claims: {one.added} added, {one.removed} removed, "
            f"{one.changed} changed; verified: {_rate(one.rate_before)} before, {_rate(one.rate)} now"
        )
    if report.largest:
        yield "Largest changes (`meeting-pipeline diff RECORDING_ID` shows one):"
        rows = [(item.key, short_line(item.title, _TITLE), str(item.size), _decided(item)) for item in report.largest]
        yield table(("RECORDING", "TITLE", "SIZE", "DECIDED"), rows)


def _cells(one: Campaign) -> tuple[str, ...]:
    state = one.state.value if one.pause_code is None else f"{one.state.value} ({one.pause_code.value})"
    return (
        one.name,
        state,
        f"{one.ended}/{one.recordings}",
        str(one.progress[ItemState.FAILED]),
        money(one.spent.usd, one.spent.unpriced),
        _cap(one),
        f"{one.started_at:%Y-%m-%d %H:%M} UTC",
        one.started_by,
    )


def _cap(campaign: Campaign) -> str:
    return f"{campaign.cap_usd:.2f} USD" if campaign.cap_usd is not None else "no cap"


def _rate(rate: float | None) -> str:
    return f"{rate:.1%}" if rate is not None else "-"


def _decided(item: CampaignItem) -> str:
    return item.decision.value if item.decision is not None else "-"

"""What a campaign has changed: how many meetings and how, the largest changes, and the share of verified claims before and after.

It adds up data that was stored when each recording was processed, so it stays the same after a promotion. Must not go here:
output (``cli/campaign_output.py``), comparing versions (``steps/extraction/compare.py``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.campaigns import Campaign, CampaignItem, InsightChange, ItemState
from meeting_pipeline.installation import Installation

LARGEST: Final = 20
"""Recordings with the largest changes that a report names: as many as somebody looks at before deciding."""


@dataclass(frozen=True)
class InsightReport:
    """All recordings of one insight together. ``recordings``: with a new version; ``differ``: whose versions differ.

    ``claims``, ``verified``: of the versions before and after; a summary's sentences are claims too.
    """

    insight: str
    recordings: int
    differ: int
    added: int
    removed: int
    changed: int
    claims_before: int
    verified_before: int
    claims: int
    verified: int

    @property
    def rate_before(self) -> float | None:
        """The share of verified claims before, 0..1; ``None`` if there were none."""
        return self.verified_before / self.claims_before if self.claims_before else None

    @property
    def rate(self) -> float | None:
        """The share of verified claims now, 0..1; ``None`` if there are none."""
        return self.verified / self.claims if self.claims else None


@dataclass(frozen=True)
class CampaignReport:
    """The report. ``failures``: code -> recordings."""

    campaign: Campaign
    insights: tuple[InsightReport, ...]
    largest: tuple[CampaignItem, ...]
    failures: Mapping[str, int]

    @property
    def unchanged(self) -> int:
        """Recordings that were made again and say the same."""
        return self.campaign.progress[ItemState.DONE] - self.campaign.changed


_SUMS: Final = (
    "added", "removed", "changed", "claims_before", "verified_before", "claims", "verified",
)  # fmt: skip


def campaign_report(installation: Installation, name: str) -> CampaignReport:
    """The report of a campaign, also before it is over. Raises: PermanentError ``unknown_campaign``."""
    campaigns = installation.store.campaigns
    campaign = campaigns.get(name)
    changes: dict[str, list[InsightChange]] = {}
    for item in campaigns.items(name, [ItemState.DONE]):
        for insight, change in item.changes.items():
            changes.setdefault(insight, []).append(change)
    failed = campaigns.items(name, [ItemState.FAILED])
    known = [insight for insight in campaign.insights if insight in changes]
    return CampaignReport(
        campaign=campaign,
        insights=tuple(_insight(insight, changes[insight]) for insight in known),
        largest=tuple(campaigns.items(name, largest=LARGEST)),
        failures=Counter(item.error_code or "unknown" for item in failed),
    )


def _insight(insight: str, changes: Sequence[InsightChange]) -> InsightReport:
    sums = {name: sum(getattr(change, name) for change in changes) for name in _SUMS}
    differ = sum(change.size > 0 for change in changes)
    return InsightReport(insight=insight, recordings=len(changes), differ=differ, **sums)

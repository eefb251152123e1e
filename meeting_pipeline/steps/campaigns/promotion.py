"""Promotes and discards the versions that a campaign holds, one recording after the other, each followed by one webhook.

Versions that somebody made after the campaign are left held. Repeating the command after a crash continues with the rest. Must
not go here: pacing, and what a promotion is (``steps/operations/versions.py``), output (``cli/campaigns.py``).
"""

import time
from collections.abc import Callable, Collection, Iterator

from meeting_pipeline.domain.campaigns import CampaignDecision, CampaignItem, ItemState
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.result_versions import VersionsChanged
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.versions import discard_all, promote_all


def decide(
    installation: Installation,
    name: str,
    decision: CampaignDecision,
    by: str,
    reason: str | None = None,
    keys: Collection[str] = (),
    *,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[VersionsChanged]:
    """Promote or discard what these recordings of a campaign hold, or all of them. Yields each once it is stored.

    Raises: PermanentError ``unknown_campaign``, ``not_in_campaign``.
    """
    installation.store.campaigns.get(name)
    items = installation.store.campaigns.items(name, keys=keys)
    missing = sorted(set(keys) - {item.key for item in items})
    if missing:
        raise PermanentError(
            "not_in_campaign",
            f"{', '.join(missing)} is not part of the campaign {name}.",
            f"`meeting-pipeline campaigns show {name}` lists its recordings.",
        )
    note, decided = None, 0
    for item in items:
        insights = _held(installation, item)
        if item.state is not ItemState.DONE or not insights:
            continue
        if note is None:  # before the first: a process that dies halfway leaves who began, and why
            note = installation.store.campaign_changes.note_decision(name, decision, by, reason)
        if decision is CampaignDecision.PROMOTED:
            changes = promote_all(installation, [item.key], by, reason, insights, wait=wait)
        else:
            changes = discard_all(installation, [item.key], by, reason, insights)
        for changed in changes:
            decided += 1
            installation.store.campaign_changes.count_decided(name, note, decided)
            yield changed


def _held(installation: Installation, item: CampaignItem) -> list[Insight]:
    """The insights of which the version that the campaign made is still held."""
    mine = {name: change.version for name, change in item.changes.items() if change.held}
    if not mine:
        return []
    held = installation.store.version_history.held_numbers(item.key)
    return [insight for insight, version in held.items() if mine.get(insight.value) == version]

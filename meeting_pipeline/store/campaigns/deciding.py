"""People's decisions about versions that a campaign holds, recorded in the transaction that promotes or discards them.

So a process that dies in between loses no decision, and decisions made outside the campaign count too. Must not go here:
promoting and discarding (``store/results/version_changes.py``), the notes of a campaign (``notes.py``).
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.campaigns import CampaignDecision, ItemState
from meeting_pipeline.store.tables import CampaignRecording


def note_decision(session: Session, key: str, versions: Mapping[str, int], decision: CampaignDecision) -> None:
    """Note it in the campaigns that made these versions of a recording. The caller holds the recording's row lock."""
    query = select(CampaignRecording).where(
        CampaignRecording.recording_key == key, CampaignRecording.state == ItemState.DONE.value
    )
    for row in session.scalars(query.order_by(CampaignRecording.campaign).with_for_update()):
        held = {name: change["version"] for name, change in (row.changes or {}).items() if change.get("held")}
        if any(held.get(name) == version for name, version in versions.items()):
            row.decision = decision.value

"""The notes of campaigns: who did what, when and why; each is written in the transaction of the change.

Belongs here: the steps of every change of a campaign: locking its row, and recording the change. Must not go here: which changes
are allowed (``changing.py``), what people decide about single versions (``deciding.py``).
"""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.campaigns import CampaignChange, CampaignState, PauseCode
from meeting_pipeline.store.campaigns.reading import unknown_campaign
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.tables import CampaignNoteRow, CampaignRow

THE_SYSTEM: Final = "meeting-pipeline"
"""The name that is noted for what the system did on its own."""


def locked_campaign(session: Session, name: str) -> CampaignRow:
    """The row, locked until the transaction ends. Raises: PermanentError ``unknown_campaign``.

    Whoever locks rows of its recordings too locks this one first.
    """
    row = session.get(CampaignRow, name, with_for_update=True)
    if row is None:
        raise unknown_campaign(name)
    return row


def pause_row(
    context: StoreContext, session: Session, row: CampaignRow, by: str, reason: str | None, code: PauseCode
) -> None:
    """Pause a running campaign whose row is locked."""
    row.state, row.pause_code, row.pause_reason = CampaignState.PAUSED.value, code.value, reason
    row.changed_at = context.now()
    note(context, session, row.name, CampaignChange.PAUSED, by, reason)


def note(
    context: StoreContext, session: Session, name: str, change: CampaignChange, by: str, reason: str | None = None,
    recordings: int | None = None,
) -> int:  # fmt: skip
    """Record an action on a campaign whose row is locked. Returns the number of the note."""
    latest = session.scalar(select(func.max(CampaignNoteRow.number)).where(CampaignNoteRow.campaign == name))
    number = (latest or 0) + 1
    session.add(
        CampaignNoteRow(
            campaign=name,
            number=number,
            change=change.value,
            made_by=by,
            made_at=context.now(),
            reason=reason,
            recordings=recordings,
        )
    )
    return number

"""The tables of campaigns: their recordings, and what people did with them.

Must not go here: what was paid (``ledger.py``: each call names its campaign), the results (``results.py``).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base


class CampaignRow(Base):
    """A plan that was started. Its progress is in its recordings, its cost in ``paid_answers``."""

    __tablename__ = "campaigns"

    name: Mapped[str] = mapped_column(WORD, primary_key=True)
    state: Mapped[str] = mapped_column(WORD)
    """``running`` <-> ``paused`` -> ``cancelled``; ``running`` -> ``finished`` | ``cancelled``."""
    pause_code: Mapped[str | None] = mapped_column(WORD)
    pause_reason: Mapped[str | None] = mapped_column(TEXT)
    hold: Mapped[bool]
    cap_usd: Mapped[float | None]
    service_tier: Mapped[str | None] = mapped_column(WORD)
    insights: Mapped[list[Any]]
    """What is made, of all recordings together: names of assets."""
    plan: Mapped[dict[str, Any]]
    """The bill with which it was started."""
    portions: Mapped[int] = mapped_column(default=0)
    """How many portions were assigned."""
    counted_from: Mapped[datetime]
    """Failures and refused answers from then on can pause it: since it was started, or resumed last."""
    gone: Mapped[int] = mapped_column(default=0)
    """Recordings that were deleted since, and what was spent on them: deleting gives nothing back."""
    gone_usd: Mapped[float] = mapped_column(default=0.0)
    gone_calls: Mapped[int] = mapped_column(default=0)
    gone_unpriced: Mapped[int] = mapped_column(default=0, server_default="0")
    gone_refused: Mapped[int] = mapped_column(default=0, server_default="0")
    settled: Mapped[dict[str, Any] | None]
    """What it has spent in all, once it has been over for a while: see ``Campaigns.settle``."""
    started_by: Mapped[str] = mapped_column(TEXT)
    started_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """When its state changed last."""

    __table_args__ = (Index("ix_campaigns_state", "state", "started_at"),)


class CampaignRecording(Base):
    """A recording of a campaign."""

    __tablename__ = "campaign_recordings"

    campaign: Mapped[str] = mapped_column(WORD, ForeignKey("campaigns.name"), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    place: Mapped[int]
    """The order in which they are assigned."""
    state: Mapped[str] = mapped_column(WORD)
    """``waiting`` -> ``requested`` -> ``working`` -> ``done`` | ``failed``; back to ``waiting`` whenever nobody makes it."""
    assets: Mapped[list[Any]]
    portion: Mapped[int | None]
    requested_at: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(64))
    """Of the worker that began it last."""
    leases: Mapped[list[Any]]
    """All leases under which it was processed: results stored under them are not made again."""
    tries: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(WORD)
    error_message: Mapped[str | None] = mapped_column(TEXT)
    ended_at: Mapped[datetime | None]
    size: Mapped[int] = mapped_column(default=0)
    """How much the new versions differ from those before, to find the largest changes."""
    decision: Mapped[str | None] = mapped_column(WORD)
    """``promoted`` | ``discarded``; ``None``: nothing was decided, or nothing is held."""
    changes: Mapped[dict[str, Any] | None]
    """Insight -> how its new version differs."""

    __table_args__ = (
        Index("ix_campaign_recordings_state", "campaign", "state", "place"),
        Index("ix_campaign_recordings_ended", "campaign", "ended_at"),
        Index("ix_campaign_recordings_key", "recording_key"),
    )


class CampaignNoteRow(Base):
    """An action on a campaign: by whom, when, and why."""

    __tablename__ = "campaign_changes"

    campaign: Mapped[str] = mapped_column(WORD, ForeignKey("campaigns.name"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """From 1, in the order in which it happened."""
    change: Mapped[str] = mapped_column(WORD)
    made_by: Mapped[str] = mapped_column(TEXT)
    made_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(TEXT)
    recordings: Mapped[int | None]

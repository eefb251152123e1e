"""Campaigns as people see them: progress from their recordings, cost from the ledger. Reading only.

Must not go here: how rows become campaigns (``campaign_rows.py``), changing them (``changing.py``), assigning recordings
(``work.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Final

from sqlalchemy import ColumnElement, func, select

from meeting_pipeline.domain.campaigns import (
    Campaign,
    CampaignChange,
    CampaignItem,
    CampaignNote,
    CampaignSpent,
    CampaignState,
    ItemState,
)
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.campaigns.campaign_rows import campaigns_of, item_of, spent_by
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.tables import CampaignNoteRow, CampaignRecording, CampaignRow, LLMCall, Recording

_LISTED: Final = 100
"""Campaigns that are listed, newest first: a year has some dozens."""
BACKFILL: Final = "backfill"
"""The backfill in Dagster that makes a campaign, in its plan."""
_NOTES: Final = 50
"""Notes of a campaign that are shown, the latest: people promote in a few steps."""


@dataclass(frozen=True)
class Timeline:
    """The number of recordings that are over, and the sum in USD, after each step, in order."""

    recordings: tuple[tuple[datetime, float], ...]
    usd: tuple[tuple[datetime, float], ...]


@retrying
class Campaigns:
    """Repository of campaigns, for reading."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def running(self) -> list[str]:
        """The names of the campaigns that are running, the oldest first."""
        query = select(CampaignRow.name).where(CampaignRow.state == CampaignState.RUNNING.value)
        with self._context.database.read() as session:
            return list(session.scalars(query.order_by(CampaignRow.started_at, CampaignRow.name)))

    def service_tier(self, name: str) -> str | None:
        """The service tier that it has chosen. ``None``: none, or there is no such campaign."""
        with self._context.database.read() as session:
            return session.scalar(select(CampaignRow.service_tier).where(CampaignRow.name == name))

    def exists(self, name: str) -> bool:
        """Whether there is a campaign of this name."""
        with self._context.database.read() as session:
            return session.scalar(select(CampaignRow.name).where(CampaignRow.name == name)) is not None

    def unused_name(self, wanted: str) -> str:
        """This name, or with a number if it is taken."""
        with self._context.database.read() as session:
            taken = set(
                session.scalars(select(CampaignRow.name).where(CampaignRow.name.startswith(wanted, autoescape=True)))
            )
        if wanted not in taken:
            return wanted
        return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted}-{number}") not in taken)

    def backfill_of(self, name: str) -> str | None:
        """The backfill in Dagster that makes it. ``None``: none, or there is no such campaign."""
        with self._context.database.read() as session:
            plan = session.scalar(select(CampaignRow.plan).where(CampaignRow.name == name)) or {}
        found = plan.get(BACKFILL)
        return str(found) if found is not None else None

    def last_change(self) -> datetime | None:
        """When the state of a campaign changed last. ``None``: there is none."""
        with self._context.database.read() as session:
            return session.scalar(select(func.max(CampaignRow.changed_at)))

    def resumed_at(self, name: str) -> datetime | None:
        """When it was started, or resumed last. ``None``: there is no such campaign."""
        query = select(CampaignRow.counted_from).where(CampaignRow.name == name)
        with self._context.database.read() as session:
            return session.scalar(query)

    def all(self) -> list[Campaign]:
        """The latest campaigns, newest first, without their notes."""
        query = select(CampaignRow).order_by(CampaignRow.started_at.desc(), CampaignRow.name).limit(_LISTED)
        with self._context.database.read() as session:
            return campaigns_of(session, session.scalars(query).all())

    def get(self, name: str) -> Campaign:
        """A campaign with its latest notes, in order. Raises: PermanentError ``unknown_campaign``."""
        query = select(CampaignNoteRow).where(CampaignNoteRow.campaign == name)
        latest = query.order_by(CampaignNoteRow.number.desc()).limit(_NOTES)
        with self._context.database.read() as session:
            row = session.get(CampaignRow, name)
            if row is None:
                raise unknown_campaign(name)
            notes = tuple(
                CampaignNote(CampaignChange(note.change), note.made_by, note.made_at, note.reason, note.recordings)
                for note in reversed(session.scalars(latest).all())
            )
            return campaigns_of(session, [row], notes)[0]

    def spent(self, name: str) -> CampaignSpent:
        """What it has bought so far, from the ledger of calls. Raises: PermanentError ``unknown_campaign``."""
        with self._context.database.read() as session:
            row = session.get(CampaignRow, name)
            if row is None:
                raise unknown_campaign(name)
            return spent_by(session, [row])[name]

    def items(
        self,
        name: str,
        states: Collection[ItemState] = (),
        *,
        keys: Collection[str] = (),
        largest: int | None = None,
    ) -> list[CampaignItem]:
        """Its recordings in their order: all, those in these states, or these. ``largest``: only this many, the most changed."""
        conditions: list[ColumnElement[bool]] = [CampaignRecording.campaign == name]
        if states:
            conditions.append(CampaignRecording.state.in_([state.value for state in states]))
        if keys:
            conditions.append(CampaignRecording.recording_key.in_(keys))
        query = select(CampaignRecording, Recording.title).join(
            Recording, Recording.key == CampaignRecording.recording_key
        )
        query = query.where(*conditions)
        if largest is None:
            query = query.order_by(CampaignRecording.place)
        else:
            query = query.where(CampaignRecording.size > 0)
            query = query.order_by(CampaignRecording.size.desc(), CampaignRecording.place).limit(largest)
        with self._context.database.read() as session:
            return [item_of(row, title) for row, title in session.execute(query).tuples()]

    def timeline(self, name: str) -> Timeline:
        """When its recordings were over and what its calls cost, each added up over time."""
        ended = select(CampaignRecording.ended_at).where(
            CampaignRecording.campaign == name, CampaignRecording.ended_at.is_not(None)
        )
        calls = select(LLMCall.created_at, LLMCall.cost_usd).where(LLMCall.campaign == name, LLMCall.state.in_(BILLED))
        with self._context.database.read() as session:
            moments = sorted(moment for moment in session.scalars(ended) if moment is not None)
            costs = sorted(session.execute(calls).tuples().all())
        sums = accumulate(cost for _, cost in costs)
        return Timeline(
            recordings=tuple((moment, float(number)) for number, moment in enumerate(moments, 1)),
            usd=tuple((moment, usd) for (moment, _), usd in zip(costs, sums, strict=True)),
        )

    def unfinished(self, keys: Sequence[str]) -> dict[str, dict[str, str]]:
        """What campaigns that are not over have yet to make of these recordings: key -> asset -> campaign."""
        found: dict[str, dict[str, str]] = {}
        columns = (CampaignRecording.recording_key, CampaignRecording.campaign, CampaignRecording.assets)
        for start in range(0, len(keys), AT_ONCE):
            query = (
                select(*columns)
                .join(CampaignRow, CampaignRow.name == CampaignRecording.campaign)
                .where(
                    CampaignRecording.recording_key.in_(keys[start : start + AT_ONCE]),
                    CampaignRecording.state.not_in([state.value for state in ItemState if state.over]),
                    CampaignRow.state.not_in([state.value for state in CampaignState if state.over]),
                )
            )
            with self._context.database.read() as session:
                for key, name, assets in session.execute(query).tuples():
                    found.setdefault(key, {}).update({str(asset): name for asset in assets})
        return found


def unknown_campaign(name: str) -> PermanentError:
    """The error for an unknown name."""
    return PermanentError(
        "unknown_campaign", f"There is no campaign {name!r}.", "`meeting-pipeline campaigns list` shows them."
    )

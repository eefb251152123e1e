"""Campaigns as people see them: progress from their recordings, cost from the ledger. Reading only.

Must not go here: changing them (``changing.py``), handing recordings out (``work.py``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.campaigns import (
    Campaign,
    CampaignChange,
    CampaignDecision,
    CampaignItem,
    CampaignNote,
    CampaignSpent,
    CampaignState,
    InsightChange,
    ItemState,
    PauseCode,
)
from meeting_pipeline.domain.errors import PermanentError
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
class CampaignReader:
    """Reads campaigns. ``Campaigns`` inherits it."""

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
            return _campaigns(session, session.scalars(query).all())

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
            return _campaigns(session, [row], notes)[0]

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
        """Its recordings in their order: all, those in these states, or these. ``largest``: so many with the largest changes."""
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
            return [_item(row, title) for row, title in session.execute(query).tuples()]

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


def spent_by(session: Session, rows: Sequence[CampaignRow]) -> dict[str, CampaignSpent]:
    """What these campaigns have bought. By the index of the ledger alone; those that are settled are not added up again."""
    billed = LLMCall.state.in_(BILLED)
    query = (
        select(
            LLMCall.campaign,
            func.sum(LLMCall.cost_usd),
            func.sum(LLMCall.unpriced_calls),
            func.sum(case((billed, 1), else_=0)),
            func.sum(case((LLMCall.state == "unusable", 1), else_=0)),
            func.sum(case((billed, 0), else_=1)),
        )
        .where(LLMCall.campaign.in_([row.name for row in rows if row.settled is None]))
        .group_by(LLMCall.campaign)
    )
    found = {name: sums for name, *sums in session.execute(query)}
    spent = {}
    for row in rows:
        if row.settled is not None:
            spent[row.name] = CampaignSpent(**row.settled)
            continue
        usd, unpriced, calls, refused, unanswered = found.get(row.name, (0.0, 0, 0, 0, 0))
        spent[row.name] = CampaignSpent(
            usd=float(usd or 0.0) + row.gone_usd,
            unpriced=int(unpriced or 0) + row.gone_unpriced,
            calls=int(calls or 0) + row.gone_calls,
            refused=int(refused or 0) + row.gone_refused,
            unanswered=int(unanswered or 0),
        )
    return spent


def _campaigns(session: Session, rows: Sequence[CampaignRow], notes: tuple[CampaignNote, ...] = ()) -> list[Campaign]:
    names = [row.name for row in rows]
    changed = case((CampaignRecording.size > 0, 1), else_=0)
    query = (
        select(
            CampaignRecording.campaign,
            CampaignRecording.state,
            CampaignRecording.decision,
            func.count(),
            func.sum(changed),
        )
        .where(CampaignRecording.campaign.in_(names))
        .group_by(CampaignRecording.campaign, CampaignRecording.state, CampaignRecording.decision)
    )
    counted: dict[str, list[tuple[str, str | None, int, int]]] = {name: [] for name in names}
    for name, state, decision, many, differ in session.execute(query).tuples():
        counted[name].append((state, decision, many, int(differ or 0)))
    spent = spent_by(session, rows)
    return [_campaign(row, counted[row.name], spent[row.name], notes) for row in rows]


def _campaign(
    row: CampaignRow,
    counted: Sequence[tuple[str, str | None, int, int]],
    spent: CampaignSpent,
    notes: tuple[CampaignNote, ...],
) -> Campaign:
    def decided(decision: CampaignDecision) -> int:
        return sum(many for _, what, many, _ in counted if what == decision.value)

    return Campaign(
        name=row.name,
        state=CampaignState(row.state),
        pause_code=PauseCode(row.pause_code) if row.pause_code else None,
        pause_reason=row.pause_reason,
        insights=tuple(str(name) for name in row.insights),
        hold=row.hold,
        cap_usd=row.cap_usd,
        service_tier=row.service_tier,
        plan=row.plan,
        started_by=row.started_by,
        started_at=row.started_at,
        changed_at=row.changed_at,
        progress={state: sum(many for word, _, many, _ in counted if word == state.value) for state in ItemState},
        spent=spent,
        gone=row.gone,
        changed=sum(differ for _, _, _, differ in counted),
        promoted=decided(CampaignDecision.PROMOTED),
        discarded=decided(CampaignDecision.DISCARDED),
        notes=notes,
    )


def _item(row: CampaignRecording, title: str) -> CampaignItem:
    return CampaignItem(
        key=row.recording_key,
        title=title,
        state=ItemState(row.state),
        assets=tuple(str(name) for name in row.assets),
        tries=row.tries,
        error_code=row.error_code,
        error_message=row.error_message,
        decision=CampaignDecision(row.decision) if row.decision else None,
        changes={name: _change(stored) for name, stored in (row.changes or {}).items()},
    )


def _change(stored: Mapping[str, Any]) -> InsightChange:
    """A stored change, which a later version of the program may have written with more fields."""
    return InsightChange(**{name: stored[name] for name in InsightChange.__dataclass_fields__ if name in stored})

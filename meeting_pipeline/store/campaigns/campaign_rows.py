"""Rows of campaigns as domain objects: progress counted from their recordings, cost added up from the ledger.

Must not go here: which campaigns are read (``reading.py``), changing them (``changing.py``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.campaigns import (
    Campaign,
    CampaignDecision,
    CampaignItem,
    CampaignNote,
    CampaignSpent,
    CampaignState,
    InsightChange,
    ItemState,
    PauseCode,
)
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.tables import CampaignRecording, CampaignRow, LLMCall


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


def campaigns_of(session: Session, rows: Sequence[CampaignRow], notes: tuple[CampaignNote, ...] = ()) -> list[Campaign]:
    """The campaigns of these rows: their progress from the recordings, what they have spent from the ledger."""
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


def item_of(row: CampaignRecording, title: str) -> CampaignItem:
    """One recording of a campaign, with the title of its meeting."""
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

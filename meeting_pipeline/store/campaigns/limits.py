"""What a campaign may still buy: its cap, and its recent failures.

The transaction that finds the cap reached pauses the campaign. Must not go here: assigning recordings (``work.py``), when a
campaign pauses because of errors (``steps/campaigns/advance.py``).
"""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.campaigns import CampaignState, ItemState, PauseCode
from meeting_pipeline.store.campaigns.campaign_rows import spent_by
from meeting_pipeline.store.campaigns.notes import THE_SYSTEM, pause_row
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.tables import CampaignRecording, CampaignRow, LLMCall


@dataclass(frozen=True)
class Recent:
    """What has happened since the campaign was started, or resumed last. ``ended``, ``failed``: of the latest recordings."""

    ended: int
    failed: int
    calls: int
    refused: int


@retrying
class CampaignLimits:
    """Repository of what limits campaigns."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def holds(self, name: str) -> str | None:
        """Why the campaign may buy nothing at present; ``None`` if it may. Looked up before each call.

        At the cap, and when a cap cannot be kept because a price is unknown, this pauses it.
        """
        with self._context.database.read() as session:
            row = session.get(CampaignRow, name)
            if row is None or row.state != CampaignState.RUNNING:
                return "it is " + (row.state if row is not None else "gone") + "."
            found = _beyond_the_cap(session, row)
        if found is None:
            return None
        with self._context.database.write() as session:
            row = session.get(CampaignRow, name, with_for_update=True)
            if row is not None and row.state == CampaignState.RUNNING:
                pause_row(self._context, session, row, THE_SYSTEM, found[1], found[0])
        return found[1]

    def recent(self, name: str, recordings: int) -> Recent:
        """At most ``recordings`` of the latest that ended, and the calls, since the campaign was started or last resumed."""
        with self._context.database.read() as session:
            since = select(CampaignRow.counted_from).where(CampaignRow.name == name).scalar_subquery()
            latest = (
                select(CampaignRecording.state)
                .where(CampaignRecording.campaign == name, CampaignRecording.ended_at >= since)
                .order_by(CampaignRecording.ended_at.desc())
                .limit(recordings)
            )
            states = list(session.scalars(latest))
            calls = select(func.count(), func.sum(case((LLMCall.state == "unusable", 1), else_=0))).where(
                LLMCall.campaign == name, LLMCall.state.in_(BILLED), LLMCall.created_at >= since
            )
            many, refused = session.execute(calls).one()
        return Recent(len(states), states.count(ItemState.FAILED.value), int(many or 0), int(refused or 0))


def _beyond_the_cap(session: Session, row: CampaignRow) -> tuple[PauseCode, str] | None:
    if row.cap_usd is None:
        return None
    spent = spent_by(session, [row])[row.name]
    if spent.usd >= row.cap_usd:
        return PauseCode.CAP_REACHED, f"{spent.usd:.4f} USD were spent, and its cap is {row.cap_usd:.4f} USD."
    if spent.unpriced:
        return (
            PauseCode.UNKNOWN_PRICE,
            f"{spent.unpriced} calls have an unknown price, so its cap of {row.cap_usd:.4f} USD cannot be kept. "
            "Set the price in OPENAI_PRICES.",
        )
    return None

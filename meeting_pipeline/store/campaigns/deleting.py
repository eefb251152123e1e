"""What a campaign keeps of a deleted recording: that there was one, and its cost.

Must not go here: deleting its rows (``store/deletions/own_rows.py``).
"""

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.tables import CampaignRecording, CampaignRow, LLMCall


def keep_costs_of_campaigns(session: Session, key: str) -> None:
    """Add what campaigns have spent on a recording to what is gone. The caller deletes its rows in the same transaction.

    The rows of the campaigns are locked first, in the order of their names: see ``locked_campaign``.
    """
    mine = select(CampaignRecording.campaign).where(CampaignRecording.recording_key == key)
    query = select(CampaignRow).where(CampaignRow.name.in_(mine)).order_by(CampaignRow.name).with_for_update()
    for row in session.scalars(query).all():
        refused = func.sum(case((LLMCall.state == "unusable", 1), else_=0))
        sums = select(func.sum(LLMCall.cost_usd), func.count(), func.sum(LLMCall.unpriced_calls), refused).where(
            LLMCall.recording_key == key, LLMCall.campaign == row.name, LLMCall.state.in_(BILLED)
        )
        usd, calls, unpriced, unusable = session.execute(sums).one()
        row.gone += 1
        row.gone_usd += float(usd or 0.0)
        row.gone_calls += int(calls or 0)
        row.gone_unpriced += int(unpriced or 0)
        row.gone_refused += int(unusable or 0)

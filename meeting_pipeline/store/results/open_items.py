"""Which meetings have action items that are still open. Reading only.

Must not go here: the items as people see them, with names (``records.py``).
"""

from datetime import date

from sqlalchemy import or_, select

from meeting_pipeline.domain.verdicts import ItemStatus, Verdict
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import ActionItemRow, Recording


@retrying
class OpenItems:
    """Repository of open action items."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def meetings(self, limit: int, since: date | None = None) -> list[str]:
        """The recordings with an open action item that may be presented as a fact, newest meetings first."""
        item = ActionItemRow
        is_open = or_(item.status.is_(None), item.status == ItemStatus.OPEN.value)
        stands = or_(item.verdict != Verdict.UNVERIFIED.value, item.accepted_by.is_not(None))
        query = (
            select(Recording.key)
            .where(select(item.position).where(item.recording_key == Recording.key, is_open, stands).exists())
            .order_by(Recording.meeting_date.desc(), Recording.key.desc())
            .limit(limit)
        )
        if since is not None:
            query = query.where(Recording.meeting_date >= since)
        with self._context.database.read() as session:
            return list(session.scalars(query))

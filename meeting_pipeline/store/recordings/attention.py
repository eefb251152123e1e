"""What needs a person: recordings that failed or lack a result, unconfirmed items, overdue commitments.

Belongs here: counting these, each with a bound, so the page can ask often. Reading only. Must not go here: the lists themselves
(``queries.py``, ``store/commitments/pages.py``).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import ActionItemRow, Commitment, DecisionRow, GapRow, InsightItemRow, Recording


@dataclass(frozen=True)
class Unconfirmed:
    """A meeting with items that its words do not confirm, and on which nobody has decided."""

    key: str
    title: str
    items: int


@dataclass(frozen=True)
class Attention:
    """What needs a person. Each number ends at ``policies.ATTENTION_COUNTED``."""

    failed: int
    """Recordings that failed."""
    gaps: int
    """Recordings that lack a result."""
    overdue: int
    """Action items that are not closed and were due before today."""
    unconfirmed: tuple[Unconfirmed, ...]
    """Of the newest ``policies.ATTENTION_MEETINGS`` recordings, the newest first."""


@retrying
class AttentionOfStore:
    """Repository of what needs a person."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def now(self) -> Attention:
        """All of it, from one snapshot."""
        today = self._context.now().date()
        failed = select(literal(1)).where(Recording.status == RecordingStatus.FAILED)
        gaps = select(GapRow.recording_key).where(GapRow.insight.in_(Insight.names())).distinct()
        with self._context.database.read() as session:
            return Attention(
                failed=_counted(session, failed),
                gaps=_counted(session, gaps),
                overdue=_counted(session, _overdue(today)),
                unconfirmed=_unconfirmed(session),
            )


def _overdue(today: date) -> Select[Any]:
    return select(literal(1)).where(
        Commitment.closed.is_(False),
        Commitment.sort_day < today,
        Commitment.insight == Insight.ACTION_ITEMS.value,
    )


def _counted(session: Session, query: Select[Any]) -> int:
    """Number of rows, at most ``policies.ATTENTION_COUNTED``."""
    some = query.limit(policies.ATTENTION_COUNTED).subquery()
    return int(session.scalar(select(func.count()).select_from(some)) or 0)


def _unconfirmed(session: Session) -> tuple[Unconfirmed, ...]:
    newest = select(Recording.key, Recording.title).order_by(Recording.created_at.desc(), Recording.key.desc())
    titles = {row.key: row.title for row in session.execute(newest.limit(policies.ATTENTION_MEETINGS))}
    found: Counter[str] = Counter()
    for table in (ActionItemRow, DecisionRow, InsightItemRow):
        found.update(dict(_withheld(session, table, list(titles))))
    return tuple(Unconfirmed(key, title, found[key]) for key, title in titles.items() if found[key])


def _withheld(
    session: Session, table: type[ActionItemRow] | type[DecisionRow] | type[InsightItemRow], keys: Sequence[str]
) -> list[tuple[str, int]]:
    query = (
        select(table.recording_key, func.count())
        .where(
            table.recording_key.in_(keys),
            table.verdict == Verdict.UNVERIFIED.value,
            table.accepted_by.is_(None),
        )
        .group_by(table.recording_key)
    )
    return [(key, int(number)) for key, number in session.execute(query)]

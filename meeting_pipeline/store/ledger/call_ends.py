"""How a paid call to a language model ends in its ledger: answered, usable or not, or without an answer.

Must not go here: beginning a call (each ledger), sums (``cost_queries.py``).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store.ledger.usage_columns import set_usage
from meeting_pipeline.store.tables import LLMCall, QuestionCall


def note_answered(row: LLMCall | QuestionCall, usage: Usage, now: datetime, problem: str | None = None) -> None:
    """Note what a billed call cost. ``problem``: why its answer is unusable. Doing this twice changes nothing."""
    row.state, row.error_code = "unusable" if problem else "answered", problem
    set_usage(row, usage)
    row.ended_at = row.ended_at or now


def note_unanswered(
    session: Session, row: LLMCall | QuestionCall | None, problem: str, now: datetime, *, perhaps_billed: bool
) -> None:
    """No answer came. A call that certainly cost nothing leaves no row."""
    if row is None or row.state != "asking":
        return
    if not perhaps_billed:
        session.delete(row)
        return
    row.state, row.error_code, row.ended_at = "lost", problem, now

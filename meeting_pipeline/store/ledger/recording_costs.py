"""What was paid for each of some recordings, from both ledgers (orders and calls), in one query.

Must not go here: sums for reports (``cost_queries.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Select,
    bindparam,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from meeting_pipeline.store.tables import LLMCall, TranscriptionOrder


@dataclass(frozen=True)
class Cost:
    """US dollars of the purchases whose price is known, and the number of the others."""

    usd: float = 0.0
    unpriced: int = 0


def costs(session: Session, keys: Sequence[str]) -> dict[str, Cost]:
    """What was paid for each of these recordings, in one query."""
    rows = session.execute(_costs_of(), {"keys": keys}).all()
    return {key: Cost(float(usd), int(unpriced)) for key, usd, unpriced in rows}


@cache
def _costs_of() -> Select[Any]:
    """Made once: the costs of a recording are read with each of its records."""
    among: BindParameter[Any] = bindparam("keys", expanding=True)
    ledgers = union_all(
        *(
            select(table.recording_key.label("key"), table.cost_usd.label("usd"), unpriced.label("unpriced")).where(
                table.recording_key.in_(among)
            )
            for table, unpriced in (
                (TranscriptionOrder, TranscriptionOrder.unpriced),
                (LLMCall, LLMCall.unpriced_calls),
            )
        )
    ).subquery()
    return select(ledgers.c.key, func.sum(ledgers.c.usd), func.sum(ledgers.c.unpriced)).group_by(ledgers.c.key)

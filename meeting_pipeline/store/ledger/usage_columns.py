"""Columns that every paid language-model call has in the ledger, and the day (UTC) to which its limits apply.

Must not go here: what a call cost (``providers/token_prices.py``), sums (``cost_queries.py``).
"""

from datetime import datetime
from typing import Final

from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store.tables import LLMCall, QuestionCall

USAGE_COLUMNS: Final = (
    "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "cost_usd", "unpriced_calls",
)  # fmt: skip


def set_usage(row: LLMCall | QuestionCall, usage: Usage) -> None:
    """Note what a billed call used and cost."""
    for name in USAGE_COLUMNS:
        setattr(row, name, getattr(usage, name))


def usage_of_call(row: LLMCall) -> Usage:
    """What a call used and cost, as it was noted."""
    return Usage(calls=1, **{name: getattr(row, name) for name in USAGE_COLUMNS})


def start_of_day(now: datetime) -> datetime:
    """Midnight before this time, which is in UTC: limits of a day count from there."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)

"""What was spent today, and the daily limit: once it is reached, nothing is bought automatically until the next day.

A day begins at midnight UTC by the store's clock, because providers bill by UTC. The limit is not a row: it applies as soon as
the ledgers add up to it, and ends automatically. Readers see it as an outage of the services that cost money
(``recordings/outages.py``).
Must not go here: reporting it (``steps/``, ``cli/``), prices (``providers/``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, false, func, literal, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.daily_limit import Buyer, DailyLimit
from meeting_pipeline.domain.outage import LIMIT_REACHED, UNKNOWN_PRICE, Outage
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.ledger.usage_columns import start_of_day
from meeting_pipeline.store.tables import DeletedRecording, LLMCall, QuestionCall, TranscriptionOrder, TranscriptionPart


@dataclass(frozen=True)
class Spent:
    """What was spent since ``since``. ``usd`` is the part with known prices, ``unpriced`` the number of other purchases.

    An order counts with its expected price from when it is placed, or part by part if it is bought in parts; deleted recordings
    count too.
    """

    since: datetime
    usd: float
    unpriced: int


_OF_ORDER: Final = case(
    (TranscriptionOrder.state.in_(("ordered", "given_up")), TranscriptionOrder.expected_usd),
    else_=TranscriptionOrder.cost_usd,
)


def spent_today(session: Session, now: datetime, key: str | None = None) -> Spent:
    """What was spent since midnight UTC, for one recording that is not deleted or for all."""
    since = start_of_day(now)
    tables = (LLMCall, TranscriptionOrder, TranscriptionPart)
    calls, orders, parts = ([table.recording_key == key] if key else [] for table in tables)
    sums = (
        select(func.sum(LLMCall.cost_usd), func.sum(LLMCall.unpriced_calls)).where(
            LLMCall.state.in_(BILLED), LLMCall.created_at >= since, *calls
        ),
        select(func.sum(_OF_ORDER), func.sum(TranscriptionOrder.unpriced)).where(
            TranscriptionOrder.ordered_at >= since, *orders
        ),
        select(func.sum(TranscriptionPart.cost_usd), func.sum(TranscriptionPart.unpriced)).where(
            TranscriptionPart.ended_at >= since, *parts
        ),
        select(func.sum(QuestionCall.cost_usd), func.sum(QuestionCall.unpriced_calls)).where(
            QuestionCall.created_at >= since, *([false()] if key else [])
        ),
        select(func.sum(DeletedRecording.day_usd), literal(0)).where(
            DeletedRecording.deleted_at >= since, *([false()] if key else [])
        ),
    )
    rows = [session.execute(query).one() for query in sums]
    return Spent(since, sum(float(usd or 0.0) for usd, _ in rows), sum(int(many or 0) for _, many in rows))


def held_by_limit(context: StoreContext) -> list[Outage]:
    """The services that may buy nothing automatically at present: the limit is reached, or could not be kept."""
    limit = context.daily_limit
    if limit is None or not limit.buyers:
        return []
    now = context.now()
    with context.database.read() as session:
        spent = spent_today(session, now)
    return holds(limit, spent)


def holds(limit: DailyLimit, spent: Spent) -> list[Outage]:
    """What the limit holds once this much was spent on a day."""
    tomorrow = spent.since + timedelta(days=1)
    if spent.usd >= limit.usd:
        rest = f" In addition, {spent.unpriced} purchases have an unknown price." if spent.unpriced else ""
        reached = (
            LIMIT_REACHED,
            f"The limit of {limit.usd:.2f} USD per day is reached: {spent.usd:.4f} USD were spent since "
            f"{spent.since:%Y-%m-%d %H:%M} UTC.{rest}",
            f"It continues automatically after {tomorrow:%Y-%m-%d %H:%M} UTC; raise MEETING_PIPELINE_MAX_USD_PER_DAY to continue "
            "now. What a person asks for explicitly is still bought.",
        )
        return [_held(buyer, *reached, spent.since, tomorrow) for buyer in limit.buyers]
    return [
        _held(
            buyer,
            UNKNOWN_PRICE,
            f"There is a limit of {limit.usd:.2f} USD per day, and {buyer.unpriced}, so the limit could not be kept.",
            "Set the price (docs/reference/settings.md), or unset MEETING_PIPELINE_MAX_USD_PER_DAY.",
            spent.since,
            tomorrow,
        )
        for buyer in limit.buyers
        if buyer.unpriced
    ]


def _held(buyer: Buyer, code: str, message: str, advice: str, since: datetime, until: datetime) -> Outage:
    return Outage(
        buyer.provider, buyer.service, code, message, advice, operator=True, since=since, probe_at=until, limit=True
    )

"""The ledgers of an installation for people: what was paid for what, and which paid results are missing.

``audit`` reads our own ledgers; ``compare`` requests the transcription provider's list of orders, which costs nothing.
Must not go here: queries (``store/ledger/cost_queries.py``), presentation (``cli/ledger.py``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from meeting_pipeline import policies
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.ports import ListedOrder
from meeting_pipeline.steps.transcription.collect import order_hash
from meeting_pipeline.store.deletions.values import DeletedSum
from meeting_pipeline.store.ledger.cost_queries import AnswerSum, OrderSum, Span, UnusableSum
from meeting_pipeline.store.tables import LLMCall, TranscriptionOrder, TranscriptionPart

_PLACED = ("ordered", "collected")


@dataclass(frozen=True)
class Unstored:
    """An order that was collected and paid for, but whose transcript is not stored. ``reason``: why, if known."""

    order: TranscriptionOrder
    reason: str | None


@dataclass(frozen=True)
class Audit:
    """Both ledgers for a time span."""

    orders: list[OrderSum]
    answers: list[AnswerSum]
    unusable: list[UnusableSum]
    unanswered: list[LLMCall]
    lost_parts: list[TranscriptionPart]
    unstored: list[Unstored]
    deleted: DeletedSum
    """The costs of deleted recordings; the start of the span is compared with the day of deletion."""

    @property
    def cost_usd(self) -> float:
        """The total cost of the purchases whose price is known."""
        kept = sum(order.cost_usd for order in self.orders) + sum(answer.cost_usd for answer in self.answers)
        return kept + self.deleted.speech_usd + self.deleted.answers_usd

    @property
    def unpriced(self) -> int:
        """The number of purchases whose price is unknown; they are not in ``cost_usd``."""
        kept = sum(order.unpriced for order in self.orders) + sum(answer.unpriced for answer in self.answers)
        return kept + self.deleted.unpriced


@dataclass(frozen=True)
class Comparison:
    """Our orders compared with the provider's list.

    Attributes:
        provider: the provider of the list.
        since: the start of the compared span.
        listed: how many orders the provider listed.
        complete: whether the list covers the whole span; otherwise only its newest part was read.
        to_adopt: our orders whose response was lost, as key and order; they are adopted automatically.
        unlinked: charged orders at the provider that none of our rows refers to.
        unknown: our orders that the provider does not list; empty if the list is not complete.
    """

    provider: str
    since: datetime
    listed: int
    complete: bool
    to_adopt: list[tuple[str, ListedOrder]]
    unlinked: list[ListedOrder]
    unknown: list[TranscriptionOrder]

    @property
    def agrees(self) -> bool:
        """Whether every order at the provider is known here, and every order here is known there."""
        return not self.unlinked and not self.unknown


def audit(installation: Installation, span: Span) -> Audit:
    """Sum up both ledgers."""
    costs = installation.store.costs
    return Audit(
        orders=costs.orders_by_state(span),
        answers=costs.answers_by_model(span),
        unusable=costs.unusable_answers(span),
        unanswered=list(costs.unanswered(span)),
        lost_parts=list(installation.store.parts.perhaps_billed(span.key, span.since)),
        unstored=_unstored(installation, span),
        deleted=installation.store.deleted_recordings.costs(span.key, span.since),
    )


def compare(installation: Installation, since: datetime | None) -> Comparison | None:
    """Compare with the provider's list, as far back as it goes; ``None`` if the provider in use lists no orders.

    Without ``since``, start at our oldest order. Raises: ProviderUnavailable, OperatorError.
    """
    provider = installation.speech.choose(has_transcript=False)
    if not provider.remote:
        return None
    ours = [order for order in installation.store.costs.orders(Span()) if order.provider == provider.name]
    now = installation.store.context.now()
    earliest = now - timedelta(days=installation.speech.limits(provider.name).listed_days)
    oldest = min((order.created_at for order in ours), default=earliest)
    begin = max(since or oldest, earliest)
    found = provider.list_orders(begin)
    deleted = installation.store.deleted_recordings.references(provider.name)
    linked = {order.provider_id for order in ours if order.provider_id} | {found.order_id for found in deleted}
    uploads = {order.upload_url: order.recording_key for order in ours if order.upload_url and not order.provider_id}
    gone = {reference.upload_url for reference in deleted if reference.order_id is None}
    strange = [
        order
        for order in found.orders
        if order.id not in linked and not order.failed and (order.upload_url is None or order.upload_url not in gone)
    ]
    listed = {order.id for order in found.orders}
    # An order that is being placed right now may be on one list and not yet on the other.
    settled = now - timedelta(seconds=policies.CALL_SECONDS)
    return Comparison(
        provider=provider.name,
        since=begin,
        listed=len(found.orders),
        complete=found.complete,
        to_adopt=[(uploads[order.upload_url], order) for order in strange if order.upload_url in uploads],
        unlinked=[order for order in strange if order.upload_url not in uploads],
        unknown=[
            order
            for order in ours
            if found.complete
            and order.state in _PLACED
            and order.provider_id not in listed
            and order.ordered_at is not None
            and begin <= order.ordered_at <= settled
        ],
    )


def _unstored(installation: Installation, span: Span) -> list[Unstored]:
    costs = installation.store.costs
    collected = costs.collected(span)
    stored = costs.transcript_inputs(row.key for _, row in collected)
    return [
        Unstored(order, row.error_code) for order, row in collected if (row.key, order_hash(row, order)) not in stored
    ]

"""Orders that a provider is working on, and the provider's reports about them.

Must not go here: placing and finishing an order (``orders.py``), polling (``steps/transcription/poll.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update

from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import compared_only, wake_readers
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.orders import FINISHED
from meeting_pipeline.store.tables import Recording, TranscriptionOrder


@dataclass(frozen=True)
class InFlight:
    """The orders in flight: how many, when the youngest was placed, and when a provider last said that one is finished."""

    count: int
    ordered_at: datetime | None
    announced_at: datetime | None


@retrying
class OrdersInFlight:
    """Repository of the transcription orders that are waited for."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def has_unfinished(self, provider: str) -> bool:
        """Whether a recording that is not done has an unfinished order with this provider."""
        query = (
            select(TranscriptionOrder.id)
            .join(Recording, Recording.key == TranscriptionOrder.recording_key)
            .where(
                TranscriptionOrder.provider == provider,
                TranscriptionOrder.state.not_in(FINISHED),
                Recording.stage != Stage.DONE,
            )
        )
        with self._context.database.read() as session:
            return session.scalar(query.limit(1)) is not None

    def announced(self, provider: str, provider_id: str) -> bool:
        """The provider says that this order is finished: poll it now. Returns whether that is news.

        Only the first call for an order in flight writes, so repetitions and unknown ids cost one look into an index.
        """
        mentioned = (
            TranscriptionOrder.provider_id == provider_id,
            TranscriptionOrder.provider == provider,
            compared_only(TranscriptionOrder.state) == "ordered",
            TranscriptionOrder.announced_at.is_(None),
        )
        with self._context.database.read() as session:
            if session.scalar(select(TranscriptionOrder.id).where(*mentioned).limit(1)) is None:
                return False
        with self._context.database.write() as session:
            session.execute(
                update(TranscriptionOrder)
                .where(*mentioned)
                .values(announced_at=self._context.now())
                .execution_options(synchronize_session=False)
            )
            wake_readers(session)
        return True

    def count(self) -> InFlight:
        """How many orders are in flight, and the newest times that say how soon to poll for them."""
        query = (
            select(func.count(), func.max(TranscriptionOrder.ordered_at), func.max(TranscriptionOrder.announced_at))
            .join(Recording, Recording.key == TranscriptionOrder.recording_key)
            .where(TranscriptionOrder.state == "ordered", Recording.stage == "transcribing")
        )
        with self._context.database.read() as session:
            return InFlight(*session.execute(query).one())

    def stranded(self) -> Sequence[str]:
        """Recordings that wait for an order, although no provider has one and no worker is placing one."""
        hopeful = select(TranscriptionOrder.id).where(
            TranscriptionOrder.recording_key == Recording.key,
            or_(
                compared_only(TranscriptionOrder.state) == "ordered",
                TranscriptionOrder.claimed_until > self._context.now(),
            ),
        )
        query = select(Recording.key).where(Recording.stage == "transcribing", ~hopeful.exists())
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def list(self) -> Sequence[TranscriptionOrder]:
        """Orders that the provider is working on, for recordings that wait for them, oldest first."""
        query = (
            select(TranscriptionOrder)
            .join(Recording, Recording.key == TranscriptionOrder.recording_key)
            .where(TranscriptionOrder.state == "ordered", Recording.stage == "transcribing")
            .order_by(TranscriptionOrder.ordered_at)
        )
        with self._context.database.read() as session:
            return session.scalars(query).all()

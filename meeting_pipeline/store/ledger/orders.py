"""The ledger of paid transcriptions: each step of an order is recorded as a state before and after it is carried out.

``new`` -> ``uploaded`` -> ``ordering`` -> ``ordered`` -> ``collected`` | ``rejected`` | ``given_up``. An order found in
``ordering`` by another worker may exist at the provider: check there before placing it again.
Must not go here: what is waited for (``orders_in_flight.py``), talking to a provider (``steps/transcription/placing.py``).
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.recording import Stage, TranscriptionOptions
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording, new_id
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import RunLease, TranscriptionOrder

FINISHED = ("collected", "rejected", "given_up")


@retrying
class Orders:
    """Repository of transcription orders."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def open(self, key: str, options: TranscriptionOptions) -> TranscriptionOrder:
        """The order of this recording with these options, created if missing.

        A rejected order is reopened and becomes the newest: providers do not charge for what they refuse.
        """
        digest = hash_json(options.identity())
        with self._context.database.write() as session:
            locked_recording(session, key)
            order = session.scalar(
                select(TranscriptionOrder).where(
                    TranscriptionOrder.recording_key == key, TranscriptionOrder.options_hash == digest
                )
            )
            if order is None:
                order = TranscriptionOrder(
                    id=new_id(),
                    recording_key=key,
                    options_hash=digest,
                    options=options.model_dump(mode="json"),
                    provider=options.provider,
                    state="new",
                    cost_usd=0.0,
                    created_at=self._context.now(),
                )
                session.add(order)
            elif order.state == "rejected":
                order.state = "new"
                order.created_at = self._context.now()
                order.upload_url = order.provider_id = order.error_code = order.error_message = None
                order.ordered_at = order.deadline_at = order.finished_at = order.announced_at = None
            session.flush()
            return order

    def get(self, order_id: str) -> TranscriptionOrder:
        """The current row of the order."""
        with self._context.database.read() as session:
            return session.get_one(TranscriptionOrder, order_id)

    def latest(self, key: str) -> TranscriptionOrder | None:
        """The newest order of a recording."""
        query = (
            select(TranscriptionOrder)
            .where(TranscriptionOrder.recording_key == key)
            .order_by(TranscriptionOrder.created_at.desc())
            .limit(1)
        )
        with self._context.database.read() as session:
            return session.scalar(query)

    def claim(self, order_id: str, worker: str) -> TranscriptionOrder | None:
        """Take the right to place this order.

        ``None`` while another worker holds it, if it is placed already, or if it is not wanted any more: its recording was
        cancelled, or this worker's lease is lost.
        """
        now = self._context.now()
        with self._context.database.write() as session:
            if not _is_wanted(session, order_id, worker):
                return None
            order = session.get(TranscriptionOrder, order_id, with_for_update=True)
            if order is None or order.state not in ("new", "uploaded", "ordering"):
                return None
            if order.claimed_by not in (None, worker) and order.claimed_until and order.claimed_until > now:
                return None
            order.claimed_by = worker
            order.claimed_until = now + timedelta(seconds=shared_policies.LEASE_SECONDS)
            return order

    def holds(self, order_id: str, worker: str) -> bool:
        """Whether this worker still has the right to place the order. Check this before an upload."""
        with self._context.database.read() as session:
            order = session.get(TranscriptionOrder, order_id)
            return order is not None and order.claimed_by == worker and not _is_fenced(session, worker)

    def renew_claims(self, worker: str) -> None:
        """Heartbeat of a worker that places orders."""
        until = self._context.now() + timedelta(seconds=shared_policies.LEASE_SECONDS)
        with self._context.database.write() as session:
            session.execute(
                update(TranscriptionOrder)
                .where(TranscriptionOrder.claimed_by == worker)
                .values(claimed_until=until)
                .execution_options(synchronize_session=False)
            )

    def release(self, order_id: str, worker: str) -> None:
        """Release the claim."""
        with self._context.database.write() as session:
            order = self._claimed(session, order_id, worker)
            if order is not None:
                order.claimed_by = order.claimed_until = None

    def uploaded(self, order_id: str, worker: str, upload_url: str | None) -> bool:
        """The provider holds the audio (``None``: its upload has expired). False if the claim was lost."""
        with self._context.database.write() as session:
            order = self._claimed(session, order_id, worker)
            if order is None:
                return False
            order.upload_url = upload_url
            order.state = "uploaded" if upload_url else "new"
            return True

    def ordering(self, order_id: str, worker: str) -> bool:
        """The order is about to be placed. False if the claim or the worker's lease was lost: do not place it."""
        with self._context.database.write() as session:
            order = self._claimed(session, order_id, worker)
            if order is None or _is_fenced(session, worker):
                return False
            order.state = "ordering"
            return True

    def ordered(self, order_id: str, provider_id: str, *, expected_usd: float = 0.0, unpriced: bool = False) -> None:
        """The order is placed: its id is stored from here on. Valid no matter which worker found the id.

        ``expected_usd``: what it will cost, as far as prices are known; ``unpriced``: a part of its price is unknown.
        """
        now = self._context.now()
        with self._context.database.write() as session:
            order = session.get_one(TranscriptionOrder, order_id, with_for_update=True)
            if order.state in FINISHED:
                return
            order.state = "ordered"
            order.provider_id = provider_id
            order.ordered_at = now
            order.expected_usd, order.unpriced = expected_usd, int(unpriced)
            order.deadline_at = self._context.after(policies.ORDER_DEADLINE_SECONDS)
            order.claimed_by = order.claimed_until = None

    def finish(
        self,
        order_id: str,
        *,
        cost_usd: float = 0.0,
        unpriced: bool = False,
        error: tuple[str, str] | None = None,
    ) -> None:
        """The transcript is stored, or the provider refused (``error``: code and message).

        An order whose transcript was collected stays collected: it was paid for.
        """
        with self._context.database.write() as session:
            order = session.get_one(TranscriptionOrder, order_id, with_for_update=True)
            if order.state in ("collected", "given_up"):
                return
            order.state = "rejected" if error else "collected"
            order.error_code, order.error_message = error or (None, None)
            order.cost_usd, order.unpriced = cost_usd, int(unpriced)
            order.finished_at = self._context.now()

    def give_up(self, order_id: str) -> None:
        """A person no longer waits for an order past its deadline: make room for a new one.

        Its row stays, with the provider's id: if the provider finishes and bills it after all, the ledger has it.
        """
        with self._context.database.write() as session:
            order = session.get_one(TranscriptionOrder, order_id, with_for_update=True)
            if order.state != "ordered":
                return
            order.state = "given_up"
            order.options_hash = order.id  # the new order gets the options
            order.error_code = "provider_timeout"
            order.error_message = "Not finished by its deadline; a person reprocessed it, and a new order was placed."
            order.finished_at = self._context.now()

    def list(self, keys: Iterable[str] | None = None) -> Sequence[TranscriptionOrder]:
        """All orders, oldest first, optionally only of these recordings."""
        query = select(TranscriptionOrder).order_by(TranscriptionOrder.created_at)
        if keys is not None:
            query = query.where(TranscriptionOrder.recording_key.in_(list(keys)))
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def _claimed(self, session: Session, order_id: str, worker: str) -> TranscriptionOrder | None:
        order = session.get(TranscriptionOrder, order_id, with_for_update=True)
        return order if order is not None and order.claimed_by == worker else None


def _is_wanted(session: Session, order_id: str, worker: str) -> bool:
    """Whether the recording can use its order. Locks the recording's row, so that a cancellation is noticed."""
    known = session.get(TranscriptionOrder, order_id)
    if known is None or _is_fenced(session, worker):
        return False
    return locked_recording(session, known.recording_key).stage != Stage.DONE


def _is_fenced(session: Session, worker: str) -> bool:
    """Whether this worker's lease was fenced or lost."""
    lease = session.get(RunLease, worker)
    return lease is not None and lease.state in ("fenced", "lost")

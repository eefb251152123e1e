"""The ledger of transcriptions that are bought in parts: the plan, and each call before and after it is made.

A part is ``planned``, ``asking`` while a run waits for its answer, and ``answered``. If another run finds a part in ``asking``,
its worker died and the call may be on the bill. The part is requested again, a limited number of times. The price of each answer
is added to its order.
Must not go here: calling a provider (``steps/transcription/parts.py``), claims on orders (``orders.py``).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording, new_id, require_lease
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import Recording, TranscriptionOrder, TranscriptionPart


class Begun(StrEnum):
    """What came of beginning a part."""

    ASKING = "asking"
    """The caller is to ask now."""
    ANSWERED = "answered"
    """Another run got the answer."""
    LOST = "lost"
    """So many calls may have been billed without an answer that no more are made."""


@retrying
class Parts:
    """Repository of the parts of transcriptions."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def of(self, order_id: str) -> Sequence[TranscriptionPart]:
        """The parts of an order, in order of time."""
        query = select(TranscriptionPart).where(TranscriptionPart.order_id == order_id)
        with self._context.database.read() as session:
            return session.scalars(query.order_by(TranscriptionPart.start_ms, TranscriptionPart.id)).all()

    def plan(self, order_id: str, key: str, run_id: str, server: str, spans: Sequence[tuple[int, int]]) -> None:
        """Plan these parts, in place of all that have no answer yet. They inherit the calls that may have been billed.

        Raises: WorkerFenced, PermanentError ``unknown_recording``.
        """
        now = self._context.now()
        open_ones = (TranscriptionPart.order_id == order_id, TranscriptionPart.state != "answered")
        with self._context.database.write() as session:
            locked_recording(session, key)
            require_lease(session, run_id)
            kept = select(
                func.max(TranscriptionPart.lost_calls),
                func.sum(TranscriptionPart.cost_usd),
                func.sum(TranscriptionPart.unpriced),
                func.max(TranscriptionPart.ended_at),
            ).where(*open_ones)
            lost, spent, unpriced, ended_at = session.execute(kept).one()
            session.execute(delete(TranscriptionPart).where(*open_ones).execution_options(synchronize_session=False))
            for number, (start_ms, end_ms) in enumerate(spans):
                inherits = number == 0  # what unusable answers cost stays on the bill of this day
                session.add(
                    TranscriptionPart(
                        id=new_id(),
                        recording_key=key,
                        order_id=order_id,
                        start_ms=start_ms,
                        end_ms=end_ms,
                        state="planned",
                        lost_calls=lost or 0,
                        server=server,
                        cost_usd=float(spent or 0.0) if inherits else 0.0,
                        unpriced=int(unpriced or 0) if inherits else 0,
                        ended_at=ended_at if inherits else None,
                        created_at=now,
                    )
                )

    def begin(self, part: TranscriptionPart, run_id: str) -> Begun:
        """Take note that this part is asked for now, unless it must not be.

        Raises: WorkerFenced if this run's lease was lost.
        """
        now = self._context.now()
        with self._context.database.write() as session:
            locked_recording(session, part.recording_key)
            require_lease(session, run_id)
            row = session.get_one(TranscriptionPart, part.id, with_for_update=True)
            if row.state == "answered":
                return Begun.ANSWERED
            if (
                row.state == "asking" and row.run_id == run_id
            ):  # the commit's answer was lost, and this is its repetition
                return Begun.ASKING
            if row.state == "asking":  # its worker died, and perhaps the answer is on the bill
                row.state, row.lost_calls, row.error_code = "planned", row.lost_calls + 1, "worker_lost"
            if row.lost_calls >= policies.PART_LOST_CALLS:
                return Begun.LOST
            row.state, row.run_id, row.asked_at, row.ended_at = "asking", run_id, now, None
            return Begun.ASKING

    def answered(
        self,
        part: TranscriptionPart,
        run_id: str,
        body: dict[str, Any],
        variant: str,
        cost_usd: float,
        *,
        unpriced: bool = False,
    ) -> None:
        """Store a billed answer, whatever became of the run. What came counts as progress: attempts start over.

        ``cost_usd``: its price, as far as it is known; ``unpriced``: a part of it is unknown.
        """
        with self._context.database.write() as session:
            recording = session.get(Recording, part.recording_key, with_for_update=True)
            row = session.get(TranscriptionPart, part.id, with_for_update=True)
            if recording is None or row is None:  # deleted meanwhile
                return
            if row.state == "answered" and row.run_id == run_id:  # a repetition: it is noted and billed
                return
            self._bill(session, row, cost_usd, unpriced=unpriced)
            if row.state == "answered":  # a worker that was to stop, and the one after it, both got an answer
                return
            recording.attempts = 0
            recording.updated_at = self._context.now()
            row.state, row.variant, row.answer, row.error_code = "answered", variant, {"body": body}, None
            row.run_id, row.ended_at = run_id, self._context.now()

    def unanswered(
        self,
        part: TranscriptionPart,
        code: str,
        *,
        perhaps_billed: bool,
        cost_usd: float = 0.0,
        unpriced: bool = False,
    ) -> None:
        """No usable answer came. ``cost_usd`` and ``unpriced``: what an unusable one cost."""
        with self._context.database.write() as session:
            row = session.get(TranscriptionPart, part.id, with_for_update=True)
            if row is None or row.state != "asking":
                return
            row.state, row.error_code, row.ended_at = "planned", code, self._context.now()
            row.lost_calls += perhaps_billed
            self._bill(session, row, cost_usd, unpriced=unpriced)

    def refuse(self, part: TranscriptionPart, code: str) -> None:
        """A stored answer cannot be read any more: it is bought again, and its price stays on the bill."""
        with self._context.database.write() as session:
            row = session.get(TranscriptionPart, part.id, with_for_update=True)
            if row is not None and row.state == "answered":
                row.state, row.error_code, row.lost_calls = "planned", code, row.lost_calls + 1

    def forgive(self, order_id: str) -> None:
        """A person asks again, and knows what may have been billed: the calls that were lost do not count any more."""
        lost = update(TranscriptionPart).where(TranscriptionPart.order_id == order_id, TranscriptionPart.lost_calls > 0)
        with self._context.database.write() as session:
            session.execute(lost.values(lost_calls=0).execution_options(synchronize_session=False))

    def known_variant(self, server: str) -> str | None:
        """The form of request that this server answered last, not too long ago."""
        since = self._context.now() - timedelta(days=policies.VARIANT_REMEMBERED_DAYS)
        query = select(TranscriptionPart.variant).where(
            TranscriptionPart.server == server,
            TranscriptionPart.variant.is_not(None),
            TranscriptionPart.ended_at > since,
        )
        with self._context.database.read() as session:
            return session.scalar(query.order_by(TranscriptionPart.ended_at.desc()).limit(1))

    def perhaps_billed(self, key: str | None = None, since: datetime | None = None) -> Sequence[TranscriptionPart]:
        """Parts with calls that may have been billed although no answer is stored, oldest first."""
        query = select(TranscriptionPart).where(TranscriptionPart.lost_calls > 0)
        if key is not None:
            query = query.where(TranscriptionPart.recording_key == key)
        if since is not None:
            query = query.where(TranscriptionPart.created_at >= since)
        with self._context.database.read() as session:
            return session.scalars(query.order_by(TranscriptionPart.created_at, TranscriptionPart.start_ms)).all()

    def nothing_bought(self, order_id: str) -> None:
        """Put an order back to its start if nothing of it is, or may be, paid for: it binds the recording to no provider."""
        paid = (TranscriptionPart.state != "planned") | (TranscriptionPart.lost_calls > 0)
        query = select(TranscriptionPart.id).where(TranscriptionPart.order_id == order_id, paid)
        with self._context.database.write() as session:
            order = session.get(TranscriptionOrder, order_id, with_for_update=True)
            if order is not None and order.state == "ordering" and session.scalar(query.limit(1)) is None:
                order.state = "new"

    def _bill(self, session: Session, row: TranscriptionPart, cost_usd: float, *, unpriced: bool) -> None:
        if cost_usd or unpriced:
            row.cost_usd += cost_usd
            row.unpriced += unpriced
            order = session.get_one(TranscriptionOrder, row.order_id, with_for_update=True)
            order.cost_usd += cost_usd
            order.unpriced = int(order.unpriced or unpriced)

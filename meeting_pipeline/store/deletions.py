"""Deleting recordings: their rows go at once, what is left elsewhere is cleared later, and what they cost is kept.

What is left: the partition in Dagster, files on the disk (after a crash), transcripts at providers. ``deleted_recordings``
says what, and when somebody tries. Must not go here: clearing it (``steps/deleting.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.models import RecordingStatus, Stage
from meeting_pipeline.store.accounts import BILLED
from meeting_pipeline.store.context import StoreContext
from meeting_pipeline.store.feed import leave_feed
from meeting_pipeline.store.idempotency import forget_answers
from meeting_pipeline.store.patience import patient
from meeting_pipeline.store.rows import locked_recording
from meeting_pipeline.store.tables import (
    ActionItemRow,
    Artifact,
    DecisionRow,
    DeletedRecording,
    GapRow,
    PaidAnswer,
    Recording,
    RecordingEvent,
    RunLease,
    SegmentRow,
    SpeakerEdit,
    SpeakerRow,
    Submission,
    TranscriptionOrder,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
)
from meeting_pipeline.store.tallies import carry_over

_OF_A_RECORDING = (
    ActionItemRow,
    Artifact,
    DecisionRow,
    GapRow,
    PaidAnswer,
    RecordingEvent,
    RunLease,
    SegmentRow,
    SpeakerEdit,
    SpeakerRow,
    TranscriptionOrder,
)
"""Tables with a ``recording_key`` that no other of these refers to."""
_UNDELIVERED = ("pending", "leased", "held")


@dataclass(frozen=True)
class Reference:
    """An order at a provider. ``order_id`` is ``None`` if the answer to it was lost: it is looked for by its upload."""

    provider: str
    order_id: str | None
    upload_url: str | None
    since: str
    """When the order was begun, RFC 3339."""
    forgotten: bool = False
    """Its transcript was deleted there, or there is none."""


@dataclass(frozen=True)
class Deleted:
    """A deleted recording of which something is left elsewhere."""

    key: str
    references: tuple[Reference, ...]
    registered: bool
    """Whether Dagster may know it still."""
    tries: int


@dataclass(frozen=True)
class DeletedSum:
    """What deleted recordings had cost."""

    recordings: int
    speech_usd: float
    answers_usd: float


@patient
class Deletions:
    """Repository of deleted recordings."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def delete(self, key: str, deleted_by: str, *, drop_deliveries: bool = False) -> None:
        """Delete every row of a recording that is over, and keep what it cost.

        ``drop_deliveries``: webhooks that are still to be delivered are dropped; else they stand in the way.
        Raises: PermanentError ``unknown_recording``, ``not_finished``, ``deliveries_pending``.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            _require_over(session, row)
            _require_told(session, key, self._context.now(), drop=drop_deliveries)
            self._keep(session, row, deleted_by)
            carry_over(session, key)
            _delete_rows(session, key)
            session.delete(row)
            leave_feed(session, key)
            forget_answers(session, key)

    def _keep(self, session: Session, row: Recording, deleted_by: str) -> None:
        now = self._context.now()
        speech = select(func.sum(TranscriptionOrder.cost_usd)).where(TranscriptionOrder.recording_key == row.key)
        answers = select(func.sum(PaidAnswer.cost_usd)).where(
            PaidAnswer.recording_key == row.key, PaidAnswer.state.in_(BILLED)
        )
        known = session.get(DeletedRecording, row.key, with_for_update=True)
        if known is None:
            known = DeletedRecording(key=row.key, speech_usd=0.0, answers_usd=0.0, references=[], tries=0, changes=0)
            known.deleted_by, known.deleted_at = deleted_by, now  # before the questions below, which write the row
            session.add(known)
        # The same content may have been handed in again, and deleted again.
        known.speech_usd += session.scalar(speech) or 0.0
        known.answers_usd += session.scalar(answers) or 0.0
        known.references = [*known.references, *(asdict(found) for found in _references(session, row.key))]
        told = select(func.count()).select_from(WebhookEvent).where(WebhookEvent.recording_key == row.key)
        known.changes += (session.scalar(told) or 0) + 1
        known.deleted_by, known.deleted_at = deleted_by, now
        known.unregistered_at, known.due_at, known.tries = None, now, 0

    def due(self, limit: int) -> Sequence[Deleted]:
        """Deleted recordings of which something is to be cleared now, the longest waiting first."""
        query = select(DeletedRecording).where(DeletedRecording.due_at <= self._context.now())
        with self._context.database.read() as session:
            rows = session.scalars(query.order_by(DeletedRecording.due_at).limit(limit)).all()
            return [
                Deleted(row.key, _read(row.references), registered=row.unregistered_at is None, tries=row.tries)
                for row in rows
            ]

    def unregistered(self, key: str) -> None:
        """Dagster does not know the recording any more."""
        with self._context.database.write() as session:
            row = session.get_one(DeletedRecording, key, with_for_update=True)
            row.unregistered_at = self._context.now()

    def forgotten(self, key: str, reference: Reference) -> None:
        """A provider holds nothing of this order any more."""
        with self._context.database.write() as session:
            row = session.get_one(DeletedRecording, key, with_for_update=True)
            row.references = [
                {**found, "forgotten": True} if found["since"] == reference.since
                and found["provider"] == reference.provider and found["order_id"] == reference.order_id
                else found
                for found in row.references
            ]  # fmt: skip

    def cleared(self, key: str) -> None:
        """A round of clearing has ended: if anything is left, it is tried again, later and later."""
        with self._context.database.write() as session:
            row = session.get_one(DeletedRecording, key, with_for_update=True)
            if row.unregistered_at is not None and all(found["forgotten"] for found in row.references):
                row.due_at, row.tries = None, 0
                return
            wait = min(policies.FORGET_FIRST_SECONDS * 2**row.tries, policies.FORGET_MAX_SECONDS)
            row.tries = min(row.tries + 1, 30)
            row.due_at = self._context.after(wait)

    def find(self, key: str) -> DeletedRecording | None:
        """The row, if a recording of this key was deleted."""
        with self._context.database.read() as session:
            return session.get(DeletedRecording, key)

    def cleared_among(self, keys: Collection[str]) -> set[str]:
        """Those of these keys whose recording was deleted, and its partition with it, and that are no recording now."""
        gone = select(DeletedRecording.key).where(
            DeletedRecording.unregistered_at.is_not(None),
            DeletedRecording.key.not_in(select(Recording.key)),
        )
        with self._context.database.read() as session:
            return set(session.scalars(gone)).intersection(keys)

    def costs(self, key: str | None, since: datetime | None) -> DeletedSum:
        """What the recordings deleted ``since`` then had cost, all of them or those of one key."""
        query = select(
            func.count(), func.sum(DeletedRecording.speech_usd), func.sum(DeletedRecording.answers_usd)
        ).where(
            *([DeletedRecording.key == key] if key is not None else []),
            *([DeletedRecording.deleted_at >= since] if since is not None else []),
        )
        with self._context.database.read() as session:
            count, speech, answers = session.execute(query).one()
            return DeletedSum(int(count), float(speech or 0.0), float(answers or 0.0))

    def references(self, provider: str) -> list[Reference]:
        """Every order at this provider of a recording that was deleted."""
        with self._context.database.read() as session:
            rows = session.scalars(select(DeletedRecording)).all()
        return [found for row in rows for found in _read(row.references) if found.provider == provider]


def _require_over(session: Session, row: Recording) -> None:
    working = select(RunLease.run_id).where(RunLease.recording_key == row.key, RunLease.state == "live").limit(1)
    if RecordingStatus(row.status).terminal and row.stage == Stage.DONE and session.scalar(working) is None:
        return
    raise PermanentError(
        "not_finished",
        "The recording is being worked on.",
        "Cancel it first (`meeting-pipeline cancel`), or wait until it is over.",
    )


def _require_told(session: Session, key: str, now: datetime, *, drop: bool) -> None:
    """Whoever is to hear the outcome has heard it, or a person says that they need not. Locks the deliveries."""
    query = select(WebhookDelivery).where(WebhookDelivery.recording_key == key)
    every = session.scalars(query.order_by(WebhookDelivery.id).with_for_update()).all()
    found = [row for row in every if row.state in _UNDELIVERED]
    sending = [row for row in found if row.state == "leased" and row.lease_until and row.lease_until > now]
    if sending or (found and not drop):
        raise PermanentError(
            "deliveries_pending",
            f"{len(found)} webhooks of this recording are still to be delivered.",
            "Wait for them" + ("." if sending else ", or say that they are to be dropped."),
        )


def _references(session: Session, key: str) -> list[Reference]:
    """Orders that a provider has, or may have."""
    orders = session.scalars(select(TranscriptionOrder).where(TranscriptionOrder.recording_key == key)).all()
    return [
        Reference(order.provider, order.provider_id, order.upload_url, order.created_at.isoformat())
        for order in orders
        if order.provider_id is not None or (order.state == "ordering" and order.upload_url is not None)
    ]


def _delete_rows(session: Session, key: str) -> None:
    deliveries = select(WebhookDelivery.id).where(WebhookDelivery.recording_key == key)
    statements = [
        delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(deliveries)),
        delete(WebhookDelivery).where(WebhookDelivery.recording_key == key),
        delete(WebhookEvent).where(WebhookEvent.recording_key == key),
        delete(Submission).where(Submission.recording_key == key),
        *(delete(table).where(table.recording_key == key) for table in _OF_A_RECORDING),
    ]
    for statement in statements:
        session.execute(statement.execution_options(synchronize_session=False))


def _read(stored: list[Any]) -> tuple[Reference, ...]:
    return tuple(Reference(**found) for found in stored)

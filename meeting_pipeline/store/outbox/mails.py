"""E-mails with the minutes, from due to sent, dead or superseded.

An e-mail is leased like a webhook delivery. It is due only while its recording has an outcome and every change of its results is
in an event, so no e-mail shows a state that no webhook had. Must not go here: creating e-mails (``mail_queue.py``), SMTP.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.recordings.lease_release import token_of
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.tables import MailDelivery, Recording

PENDING, LEASED, SENT, DEAD, SUPERSEDED = "pending", "leased", "sent", "dead", "superseded"


@dataclass(frozen=True)
class LeasedMail:
    """A mail that this sender may attempt now, with the record that it tells."""

    mail_id: str
    token: str
    recording_key: str
    revision: int
    address: str = field(repr=False)
    attempt: int
    """1 for the first attempt."""
    record: MeetingRecord = field(repr=False)


@dataclass(frozen=True)
class MailPosition:
    """The place of a mail among all of them, newest first."""

    created_at: datetime
    id: str


def unknown_mail(text: str) -> PermanentError:
    """The error for an unknown mail id."""
    return PermanentError(
        "unknown_mail", f"There is no mail {text!r}.", "`meeting-pipeline mail list` shows the mails."
    )


@retrying
class Mails:
    """Repository of mails."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def due(self) -> int:
        """How many mails could be sent now; none while mails are turned off."""
        if self._context.mail is None:
            return 0
        with self._context.database.read() as session:
            return mails_waiting(session, self._context.now())[0]

    def take(self, taker: str = "") -> LeasedMail | None:
        """Lease the mail that has waited longest; ``None`` if none is due. ``taker``: the run that takes it."""
        if self._context.mail is None:
            return None
        now = self._context.now()
        query = select(MailDelivery.id, MailDelivery.recording_key).join(
            Recording, Recording.key == MailDelivery.recording_key
        )
        query = query.where(_is_due(now), _is_settled()).order_by(MailDelivery.next_at, MailDelivery.id).limit(1)
        with self._context.database.write() as session:
            found = session.execute(query).one_or_none()
            if found is None:
                return None
            # The recording first, as everywhere: its deletion must see this lease, or this must see the deletion.
            recording = session.get(Recording, found.recording_key, with_for_update=True)
            row = session.get(MailDelivery, found.id, with_for_update=True, populate_existing=True)
            if recording is None or row is None or not _may_be_taken(row, recording, now):
                return None
            row.unsure = row.unsure or row.state == LEASED  # its sender died, perhaps after it had sent it
            row.state, row.lease_token, row.attempts = LEASED, token_of(taker), row.attempts + 1
            row.lease_until = now + timedelta(seconds=shared_policies.MAIL_LEASE_SECONDS)
            return LeasedMail(
                row.id,
                row.lease_token,
                row.recording_key,
                row.revision,
                row.address,
                row.attempts,
                load_record(session, recording),
            )

    def holds(self, mail: LeasedMail) -> bool:
        """Whether this sender still has the mail, long enough to send it, and the recording still exists."""
        with self._context.database.read() as session:
            row = session.get(MailDelivery, mail.mail_id)
            return (
                row is not None
                and row.state == LEASED
                and row.lease_token == mail.token
                and row.lease_until is not None
                and row.lease_until > self._context.now() + timedelta(seconds=shared_policies.MAIL_TOTAL_SECONDS)
            )

    def give_back(self, mail: LeasedMail) -> None:
        """Return a mail that was not sent: it is due again at once."""
        with self._context.database.write() as session:
            row = session.get(MailDelivery, mail.mail_id, with_for_update=True)
            if row is not None and row.state == LEASED and row.lease_token == mail.token:
                row.state, row.attempts = PENDING, row.attempts - 1
                row.lease_token = row.lease_until = None

    def release_interrupted(self, mail: LeasedMail) -> None:
        """Let others take a mail whose sender was interrupted. It may have been sent, as with a sender that died."""
        with self._context.database.write() as session:
            row = session.get(MailDelivery, mail.mail_id, with_for_update=True)
            if row is not None and row.state == LEASED and row.lease_token == mail.token:
                row.lease_until = self._context.now()

    def settle(
        self, mail: LeasedMail, code: str | None, detail: str, *, unsure: bool, next_at: datetime | None
    ) -> str | None:
        """Record an attempt; ``code``: why it failed. Returns the resulting state, or ``None`` if the lease was lost.

        A failed mail is ``pending`` until ``next_at``, ``dead`` if that is ``None``, and ``superseded`` if there is one of a
        later revision for the same address.
        """
        now = self._context.now()
        with self._context.database.write() as session:
            recording = session.get(Recording, mail.recording_key, with_for_update=True)
            row = session.get(MailDelivery, mail.mail_id, with_for_update=True)
            if recording is None or row is None or row.state != LEASED or row.lease_token != mail.token:
                return None
            row.lease_token = row.lease_until = None
            row.unsure = row.unsure or unsure
            row.last_error, row.last_detail = code, detail
            if code is None:
                row.state, row.sent_at = SENT, now
            elif _later_waits(session, row):
                row.state = SUPERSEDED
            else:
                row.state, row.next_at = (DEAD, now) if next_at is None else (PENDING, next_at)
            add_event(session, recording, "mail", now, state=row.state, attempt=row.attempts, code=code)
            return row.state

    def postpone(self, until: datetime) -> int:
        """The mail server cannot be used: what is due waits, and no attempt is counted. Returns how many."""
        due = (MailDelivery.state == PENDING) & (MailDelivery.next_at <= self._context.now())
        with self._context.database.write() as session:
            done = session.execute(
                update(MailDelivery).where(due).values(next_at=until), execution_options={"synchronize_session": False}
            )
            return int(getattr(done, "rowcount", 0))

    def list(
        self,
        *,
        states: Collection[str] = (),
        key: str | None = None,
        limit: int = 50,
        after: MailPosition | None = None,
    ) -> Sequence[MailDelivery]:
        """Mails, newest first; with ``after``, only those after that place."""
        query = select(MailDelivery).order_by(MailDelivery.created_at.desc(), MailDelivery.id.desc()).limit(limit)
        if after is not None:
            query = query.where(tuple_(MailDelivery.created_at, MailDelivery.id) < (after.created_at, after.id))
        if states:
            query = query.where(MailDelivery.state.in_(states))
        if key is not None:
            query = query.where(MailDelivery.recording_key == key)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def get(self, mail_id: str) -> MailDelivery:
        """One mail. Raises: PermanentError ``unknown_mail``."""
        with self._context.database.read() as session:
            row = session.get(MailDelivery, mail_id)
        if row is None:
            raise unknown_mail(mail_id)
        return row

    def retry(self, *, key: str | None = None, mail_id: str | None = None) -> int:
        """Make mails that are dead, or that wait, due now, with a fresh schedule. Returns how many."""
        chosen: list[ColumnElement[bool]] = [MailDelivery.state.in_((PENDING, DEAD))]
        if mail_id is not None:
            chosen.append(MailDelivery.id == mail_id)
        if key is not None:
            chosen.append(MailDelivery.recording_key == key)
        with self._context.database.write() as session:
            done = session.execute(
                update(MailDelivery).where(*chosen).values(state=PENDING, attempts=0, next_at=self._context.now()),
                execution_options={"synchronize_session": False},
            )
            return int(getattr(done, "rowcount", 0))


def mails_waiting(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """How many mails could be sent now, and since when the oldest of them could."""
    query = select(func.count(), func.min(MailDelivery.next_at)).join(
        Recording, Recording.key == MailDelivery.recording_key
    )
    number, oldest = session.execute(query.where(_is_due(now), _is_settled())).one()
    return int(number), oldest


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(
        (MailDelivery.state == PENDING) & (MailDelivery.next_at <= now),
        (MailDelivery.state == LEASED) & (MailDelivery.lease_until < now),
    )


def _is_settled() -> ColumnElement[bool]:
    """Whether the recording is finished, and all its results were announced."""
    return (
        (Recording.stage == Stage.DONE)
        & (Recording.status == RecordingStatus.COMPLETED)
        & Recording.changed_at.is_(None)
    )


def _may_be_taken(row: MailDelivery, recording: Recording, now: datetime) -> bool:
    """The two conditions again, once both rows are locked."""
    waits = row.state == PENDING and row.next_at <= now
    abandoned = row.state == LEASED and row.lease_until is not None and row.lease_until < now
    settled = recording.stage == Stage.DONE and recording.status == RecordingStatus.COMPLETED
    return (waits or abandoned) and settled and recording.changed_at is None


def _later_waits(session: Session, row: MailDelivery) -> bool:
    later = select(MailDelivery.id).where(
        MailDelivery.recording_key == row.recording_key,
        MailDelivery.address == row.address,
        MailDelivery.revision > row.revision,
        MailDelivery.state.in_((PENDING, LEASED, SENT)),
    )
    return session.scalar(later.limit(1)) is not None

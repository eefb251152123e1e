"""Recipients of the minutes by e-mail: rows that are created in the transaction that stores the outcome.

An e-mail that still waits is moved to the new revision instead of being sent twice: it contains the record at the time of
sending. Must not go here: leasing and settling e-mails (``mails.py``), their text (``mail/message.py``).
"""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.tables import MailDelivery, Recording, Submission, WebhookEvent

_COMPLETED = "meeting.completed"


def enqueue_revision(context: StoreContext, session: Session, row: Recording) -> None:
    """The recording has a new revision: recipients named by its submitters and by the settings get it.

    Those of the settings get the first minutes only, unless the settings say otherwise: a meeting that was finished before
    e-mail was turned on is not sent just because somebody corrects it.
    """
    rules = context.mail
    if rules is None or row.status != RecordingStatus.COMPLETED:
        return
    completed = select(func.count()).where(WebhookEvent.recording_key == row.key, WebhookEvent.type == _COMPLETED)
    is_first = (session.scalar(completed) or 0) <= 1
    submissions = session.scalars(select(Submission).where(Submission.recording_key == row.key)).all()
    addresses = [address for one in submissions for address in one.mail_to or ()]
    if is_first or rules.every_revision:
        addresses += rules.recipients
    _enqueue(context, session, row, addresses)


def enqueue_submission(context: StoreContext, session: Session, row: Recording, submission: Submission) -> None:
    """A submission was made after the outcome: the recipients that it names get the minutes, unless they have them."""
    if context.mail is not None and row.status == RecordingStatus.COMPLETED:
        _enqueue(context, session, row, submission.mail_to or ())


def _enqueue(context: StoreContext, session: Session, row: Recording, addresses: Iterable[str]) -> None:
    known: dict[str, list[MailDelivery]] = {}
    query = select(MailDelivery).where(MailDelivery.recording_key == row.key).order_by(MailDelivery.id)
    for mail in session.scalars(query.with_for_update()):
        known.setdefault(mail.address, []).append(mail)
    now, every = context.now(), context.mail is not None and context.mail.every_revision
    for address in dict.fromkeys(addresses):
        mails = known.get(address, [])
        waiting = next((mail for mail in mails if mail.state == "pending"), None)
        if any(mail.revision == row.revision for mail in mails) or (mails and not every and waiting is None):
            continue
        if waiting is not None:
            waiting.revision = row.revision
            continue
        session.add(
            MailDelivery(
                id=new_id(),
                recording_key=row.key,
                revision=row.revision,
                address=address,
                state="pending",
                attempts=0,
                next_at=now,
                unsure=False,
                last_detail="",
                created_at=now,
            )
        )

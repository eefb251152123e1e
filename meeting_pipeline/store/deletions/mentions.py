"""Rows of other things that name a recording or its submitters: they are deleted or cleaned up with the recording.

Must not go here: rows of the recording itself (``own_rows.py``).
"""

from sqlalchemy import Text, cast, delete, select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.keys import mentions_of
from meeting_pipeline.store.outbox.webhook_urls import target_of
from meeting_pipeline.store.recordings.inbox_claims import forget_recording
from meeting_pipeline.store.tables import IdempotentRequest, ProviderOutage, Submission, WebhookEndpoint


def delete_mentions(session: Session, key: str) -> int:
    """Run before the recording's rows are deleted. Returns how many stored responses to requests were deleted."""
    _forget_targets(session, key)
    forget_recording(session, key)
    for column in (ProviderOutage.witness, ProviderOutage.trial):
        session.execute(
            update(ProviderOutage).where(column == key).values({column.key: None}),
            execution_options={"synchronize_session": False},
        )
    return _delete_answers(session, key)


def _delete_answers(session: Session, key: str) -> int:
    """Stored responses for repeated requests: they quote title and key."""
    place = cast(IdempotentRequest.headers, Text)  # `Location`: the accepted recording
    found = session.scalars(select(IdempotentRequest).where(place.contains(key, autoescape=True))).all()
    mine = [row for row in found if mentions_of(key).search(str(row.headers))]
    for row in mine:
        session.delete(row)
    session.flush()
    return len(mine)


def _forget_targets(session: Session, key: str) -> None:
    """Forget the endpoints that serve no other recording: their address belongs to the submitter.

    Their signing secrets stay: an operator made them, and the receiver knows them.
    """
    has_webhook = Submission.webhook_url.is_not(None)
    mine = session.scalars(
        select(Submission.webhook_url).where(Submission.recording_key == key, has_webhook).distinct()
    ).all()
    for url in mine:
        others = select(Submission.id).where(Submission.webhook_url == url, Submission.recording_key != key).limit(1)
        if url is not None and session.scalar(others) is None:
            session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.target == target_of(url)))

"""The rows of a recording itself: when they may be deleted, and deleting them.

Must not go here: rows of other things that name the recording (``mentions.py``), what is kept of it (``keeping.py``).
"""

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store.campaigns.deleting import keep_costs_of_campaigns
from meeting_pipeline.store.recordings.fencing import is_renewed
from meeting_pipeline.store.search.indexing import remove_from_index
from meeting_pipeline.store.tables import (
    ActionItemRow,
    Artifact,
    CampaignRecording,
    ClaimEdit,
    DecisionRow,
    EditHistoryRow,
    GapRow,
    InsightItemRow,
    LLMCall,
    MailDelivery,
    RecordEdit,
    Recording,
    RecordingEvent,
    ResultOrigin,
    RunLease,
    SearchVector,
    SearchVectorSet,
    SegmentRow,
    ShareLink,
    SpeakerEdit,
    SpeakerRow,
    SpeakerVoice,
    Submission,
    SubmissionIndex,
    TranscriptionOrder,
    TranscriptionPart,
    VersionChange,
    VoiceSet,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
)

OF_A_RECORDING = (
    MailDelivery,
    ActionItemRow,
    Artifact,
    CampaignRecording,
    ClaimEdit,
    DecisionRow,
    EditHistoryRow,
    GapRow,
    InsightItemRow,
    LLMCall,
    RecordEdit,
    RecordingEvent,
    ResultOrigin,
    RunLease,
    SearchVector,
    SearchVectorSet,
    SegmentRow,
    ShareLink,
    SpeakerEdit,
    SpeakerRow,
    SpeakerVoice,
    SubmissionIndex,
    TranscriptionOrder,
    VersionChange,
    VoiceSet,
)
"""Tables with a ``recording_key`` to which no other table in this list refers."""
_UNDELIVERED = ("pending", "leased", "held")


def require_over(session: Session, row: Recording, now: datetime) -> None:
    """Raises: PermanentError ``not_finished`` while the recording is being processed.

    A worker that must stop may still get an answer that is paid for: what it cost would be lost with the recording's rows.
    """
    at_work = or_(RunLease.state == "live", is_renewed(now))
    working = select(RunLease.run_id).where(RunLease.recording_key == row.key, at_work).limit(1)
    if RecordingStatus(row.status).terminal and row.stage == Stage.DONE and session.scalar(working) is None:
        return
    raise PermanentError(
        "not_finished",
        "The recording is being processed.",
        "Cancel it first (`meeting-pipeline cancel`), or wait until it is finished. A stopped worker ends when its "
        "call does.",
    )


def require_delivered(session: Session, key: str, now: datetime, *, drop: bool) -> None:
    """Require that the outcome is delivered everywhere, or that a person drops the rest. Locks the deliveries.

    Raises: PermanentError ``deliveries_pending``.
    """
    query = select(WebhookDelivery).where(WebhookDelivery.recording_key == key)
    every = session.scalars(query.order_by(WebhookDelivery.id).with_for_update()).all()
    found = [row for row in every if row.state in _UNDELIVERED]
    sending = [row for row in found if row.state == "leased" and row.lease_until and row.lease_until > now]
    if sending or (found and not drop):
        raise PermanentError(
            "deliveries_pending",
            f"{len(found)} webhooks of this recording are not delivered yet.",
            "Wait for them" + ("." if sending else ", or choose to drop them."),
        )
    mails = select(MailDelivery.id).where(
        MailDelivery.recording_key == key, MailDelivery.state == "leased", MailDelivery.lease_until > now
    )
    if (
        session.scalar(mails.limit(1)) is not None
    ):  # one that only waits is dropped: a dead mail server holds up nothing
        raise PermanentError("deliveries_pending", "The minutes are being sent by e-mail.", "Wait a few minutes.")


def delete_own_rows(session: Session, key: str) -> int:
    """Delete every row of a recording except its row in ``recordings``. Returns the number of deleted rows."""
    deliveries = select(WebhookDelivery.id).where(WebhookDelivery.recording_key == key)
    statements = [
        delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(deliveries)),
        delete(WebhookDelivery).where(WebhookDelivery.recording_key == key),
        delete(WebhookEvent).where(WebhookEvent.recording_key == key),
        delete(Submission).where(Submission.recording_key == key),
        delete(TranscriptionPart).where(TranscriptionPart.recording_key == key),  # refers to an order
        *(delete(table).where(table.recording_key == key) for table in OF_A_RECORDING),
    ]
    keep_costs_of_campaigns(session, key)
    indexed = remove_from_index(session, key)
    found = [session.execute(statement.execution_options(synchronize_session=False)) for statement in statements]
    return indexed + sum(int(getattr(one, "rowcount", 0)) for one in found)

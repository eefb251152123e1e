"""Changes that a database restored from a backup needs before anything uses it.

Must not go here: restoring it (``backup/restoring.py``).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Update, delete, func, select, update

from meeting_pipeline.store.engine.database import AT_ONCE, Database
from meeting_pipeline.store.ledger.orders import FINISHED
from meeting_pipeline.store.recordings.fencing import ALIVE
from meeting_pipeline.store.recordings.new_recordings import StoredIn
from meeting_pipeline.store.tables import (
    ApiKey,
    InboxObject,
    MachineRow,
    MailDelivery,
    Recording,
    RunLease,
    ShareLink,
    SpeakerVoice,
    StagedObject,
    TranscriptionOrder,
    VoiceSet,
    WebhookDelivery,
)


@dataclass(frozen=True)
class AfterRestore:
    """What a restored database contains, for the person who restored it."""

    recordings: Mapping[str, int]
    """By status."""
    orders: int
    """Orders that a provider has, or may have, and that are not collected."""
    not_ordered: int
    """Recordings that wait for their order."""
    deliveries: int
    """Webhook deliveries that were not delivered yet."""
    mails: int
    """Mails with minutes that were not sent yet."""
    api_keys: int


def settle_restored(
    database: Database, stored: StoredIn, elsewhere: Mapping[str, StoredIn] | None = None
) -> AfterRestore:
    """Release all leases and claims, and have uploads looked up at the provider before they are ordered.

    The workers from the time of the backup are gone through no fault of their own, so this does not count as a loss. An upload
    without an order in the backup may have been ordered since.
    ``stored``: the folder that the files are in now. ``elsewhere``: recordings whose files are in the folder of another machine.
    """
    unfinished = TranscriptionOrder.state.not_in(FINISHED)
    changes = (
        update(RunLease).where(RunLease.state.in_(ALIVE)).values(state="stopped"),
        *_places(stored, elsewhere or {}),
        # The storage may be in use by the system that the backup is of: nothing there is removed.
        delete(StagedObject),
        # They belong to the system that the backup is of.
        delete(MachineRow),
        update(InboxObject)
        .where(InboxObject.state.in_(("taken", "spare")))
        .values(state="done", name=None, recording_key=None),
        # Voices that were deleted since the backup must not come back. They are made again where it is on.
        delete(SpeakerVoice),
        delete(VoiceSet),
        # One that was revoked since the backup would be open again, so all end here.
        update(ShareLink).values(expires_at=ShareLink.created_at),
        update(TranscriptionOrder).where(unfinished).values(claimed_by=None, claimed_until=None),
        update(TranscriptionOrder)
        .where(TranscriptionOrder.state == "uploaded", TranscriptionOrder.upload_url.is_not(None))
        .values(state="ordering"),
    )
    with database.write() as session:
        for change in changes:
            session.execute(change.execution_options(synchronize_session=False))
        statuses = session.execute(select(Recording.status, func.count()).group_by(Recording.status)).all()
        placed = select(func.count()).where(TranscriptionOrder.state.in_(("ordering", "ordered")))
        waiting = select(func.count()).where(
            Recording.stage == "ordering",
            Recording.key.not_in(
                select(TranscriptionOrder.recording_key).where(TranscriptionOrder.state.in_(("ordering", "ordered")))
            ),
        )
        undelivered = select(func.count()).where(WebhookDelivery.state.in_(("pending", "leased")))
        unsent = select(func.count()).where(MailDelivery.state.in_(("pending", "leased")))
        keys = select(func.count()).where(ApiKey.revoked_at.is_(None))
        return AfterRestore(
            {str(status): int(count) for status, count in statuses},
            *(int(session.scalar(question) or 0) for question in (placed, waiting, undelivered, unsent, keys)),
        )


def _places(stored: StoredIn, elsewhere: Mapping[str, StoredIn]) -> Iterator[Update]:
    """The files are in the folder that was restored. One that is missing there is gone, unless another machine has it."""
    has_files = Recording.media_file.is_not(None) | Recording.transcript_file.is_not(None)
    yield update(Recording).where(has_files).values(stored_in=stored.folder, stored_on=stored.host)
    yield update(Recording).where(Recording.object_prefix.is_not(None)).values(object_prefix=None)
    folders = defaultdict(list)
    for key, other in elsewhere.items():
        folders[other].append(key)
    for other, keys in folders.items():
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            yield update(Recording).where(Recording.key.in_(some)).values(stored_in=other.folder, stored_on=other.host)

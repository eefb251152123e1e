"""What a recording's transaction does to its objects in the bucket of the inbox.

The transaction that stores its row marks them as taken; after that they are deleted from the bucket, or stay there. So none is
taken twice. Must not go here: other states of objects (``inbox_objects.py``).
"""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.recordings.inbox_object_rows import OPEN_STATES
from meeting_pipeline.store.tables import InboxObject


def mark_taken(session: Session, key: str, taken: Collection[str], spare: Collection[str]) -> None:
    """The objects belong to the recording whose row is stored in this transaction.

    Raises: StoreUnavailable ``object_taken`` if one is taken already: then nothing is stored.
    """
    wanted = {*taken, *spare}
    query = (
        select(InboxObject).where(InboxObject.digest.in_(list(wanted))).order_by(InboxObject.digest).with_for_update()
    )
    rows = session.scalars(query).all()
    if len(rows) != len(wanted) or any(row.state not in OPEN_STATES for row in rows):
        raise StoreUnavailable(
            "object_taken",
            "An object of the bucket was taken by another run.",
            "Nothing to do: it is a recording already, or is tried again automatically.",
        )
    for row in rows:
        row.state = "spare" if row.digest in spare else "taken"
        row.recording_key, row.reason, row.due_at = key, None, None


def forget_recording(session: Session, key: str) -> None:
    """The recording is deleted: its objects, if any are still in the bucket, are removed from there and kept nowhere."""
    session.execute(
        update(InboxObject).where(InboxObject.recording_key == key).values(recording_key=None, state="taken"),
        execution_options={"synchronize_session": False},
    )

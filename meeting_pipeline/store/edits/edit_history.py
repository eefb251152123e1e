"""The history of people's edits of a recording: who changed what, when, and the earlier value.

Belongs here: the rows, for callers that hold the recording's row lock, and the consequences that all edits share. Must not go
here: what an edit changes (``item_edits.py``, ``segment_edits.py``, ``recording_edits.py``), undoing (``undoing.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event, unknown_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.results.current_rows import replace_rows, replace_segments
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.search.indexing import index_recording
from meeting_pipeline.store.tables import EditHistoryRow, Recording


@dataclass(frozen=True)
class Change:
    """One edit: ``before`` and ``after`` are the changed fields as people see them, ``restore`` is what undoes it."""

    kind: str
    subject: str
    action: str
    by: str
    text: str = ""
    insight: str | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    restore: Mapping[str, Any] = field(default_factory=dict)
    undoes: int | None = None


def note_edit(context: StoreContext, session: Session, key: str, change: Change) -> int:
    """Append an edit to the history. Returns its number. Raises: PermanentError ``too_many_edits``."""
    number = last_number(session, key) + 1
    if number > policies.EDITS_KEPT:
        raise PermanentError(
            "too_many_edits",
            f"A recording keeps at most {policies.EDITS_KEPT} edits.",
            "A person or program is editing this recording in a loop: `GET .../edits` shows who.",
        )
    session.add(
        EditHistoryRow(
            recording_key=key,
            number=number,
            kind=change.kind,
            subject=change.subject,
            action=change.action,
            insight=change.insight,
            text=change.text,
            before=dict(change.before),
            after=dict(change.after),
            restore=dict(change.restore),
            undoes=change.undoes,
            edited_by=change.by,
            edited_at=context.now(),
        )
    )
    session.flush()
    return number


def last_number(session: Session, key: str, kind: str | None = None, subject: str | None = None) -> int:
    """The number of the last edit of a recording, or of one subject; 0 if there is none."""
    query = select(func.max(EditHistoryRow.number)).where(EditHistoryRow.recording_key == key)
    if kind is not None:
        query = query.where(EditHistoryRow.kind == kind)
    if subject is not None:
        query = query.where(EditHistoryRow.subject == subject)
    return session.scalar(query) or 0


def require_version(wanted: int | None, present: int) -> None:
    """Refuse to overwrite what somebody else wrote meanwhile. Raises: PermanentError ``edited_meanwhile``."""
    if wanted is not None and wanted != present:
        raise PermanentError(
            "edited_meanwhile",
            f"It was edited in the meantime: its version is {present}, not {wanted}.",
            "Read it again, and repeat the edit if it is still wanted.",
        )


def publish_edit(
    context: StoreContext, webhook_events: WebhookEvents, session: Session, row: Recording, event: str, *,
    segments: bool = False,
) -> None:  # fmt: skip
    """Refresh the rows for SQL and the search, and publish the edit. ``segments``: the transcript changed too.

    A completed meeting gets new minutes and a revision, one in progress includes the edit in its outcome. A failed one has no
    minutes, and must not become completed by an edit: its outcome is published again here.
    """
    session.flush()
    record = load_record(session, row)
    replace_rows(session, record)
    if segments:
        replace_segments(session, record)
    index_recording(session, row, record)
    add_event(session, row, event, context.now())
    if row.status == RecordingStatus.FAILED and row.stage == Stage.DONE:
        webhook_events.publish(session, row)
    else:
        row.changed_at = context.now()


@retrying
class EditHistory:
    """Reading the history."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def newest(self, key: str, limit: int = policies.EDITS_SHOWN) -> Sequence[EditHistoryRow]:
        """The newest edits of a recording, newest first. Raises: PermanentError ``unknown_recording``."""
        with self._context.database.read() as session:
            if session.get(Recording, key) is None:
                raise unknown_recording(key)
            query = select(EditHistoryRow).where(EditHistoryRow.recording_key == key)
            return session.scalars(query.order_by(EditHistoryRow.number.desc()).limit(limit)).all()

    def corrected_keys(self) -> list[str]:
        """Recordings whose results people corrected: not those of which only the details were changed."""
        query = select(EditHistoryRow.recording_key).where(EditHistoryRow.kind != "recording").distinct()
        with self._context.database.read() as session:
            return sorted(session.scalars(query))

    def version_of_details(self, key: str) -> int:
        """The number of the last edit of the recording's own details; 0 if there is none."""
        with self._context.database.read() as session:
            return last_number(session, key, "recording")

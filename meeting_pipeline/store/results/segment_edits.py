"""Corrections of segments by people: stored separately from the transcript, published like a changed result, and reversible.

Belongs here: storing a correction, with its history, and its consequences in the same transaction. Must not go here: what it does
to a record, and which segment it belongs to (``domain/segment_edits.py``), undoing (``undoing.py``).
"""

from typing import Any

from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.edit_input import clean_text
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.domain.segment_edits import SegmentEdit, located, subject_of
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.results.edit_history import Change, last_number, note_edit, publish_edit, require_version
from meeting_pipeline.store.results.edited_rows import Subject, set_fields
from meeting_pipeline.store.results.record_rows import current_artifacts
from meeting_pipeline.store.results.stored_edits import SEGMENT, record_edits_of

EVENT = "transcript_edited"


@retrying
class SegmentEdits:
    """Repository of corrections."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents) -> None:
        self._context = context
        self._webhook_events = webhook_events

    def correct(
        self, key: str, index: int, by: str, *, text: str | None = None, speaker: str | None = None,
        version: int | None = None,
    ) -> bool:  # fmt: skip
        """Correct the words of a segment, its speaker, or both. False if nothing changes.

        Raises: PermanentError ``unknown_recording``, ``no_transcript``, ``unknown_segment``, ``unknown_speaker``, ``bad_edit``,
            ``edited_meanwhile``.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            transcript, edits = _said(session, key)
            segment = next((one for one in transcript.segments if one.index == index), None)
            if segment is None:
                raise PermanentError(
                    "unknown_segment", "The transcript has no such segment.", "Name the id of one of `segments`."
                )
            edit = located(transcript, edits).get(index)
            require_version(version, edit.version if edit is not None else 0)
            given: dict[str, Any] = {}
            if text is not None:
                given["text"] = clean_text(text, policies.EDITED_SEGMENT_CHARACTERS)
            if speaker is not None:
                given["speaker"] = _label(transcript, speaker)
            shown = {"text": segment.text, "speaker": segment.speaker, **(edit.fields if edit is not None else {})}
            fields = {name: value for name, value in given.items() if shown[name] != value}
            if not fields:
                return False
            number = last_number(session, key) + 1
            about = _subject(segment, edit, edits, number)
            restore = set_fields(self._context, session, key, about, by, number, fields)
            before = {name: shown[name] for name in fields}
            change = Change(SEGMENT, about.name, "changed", by, segment.text, None, before, fields, restore)
            note_edit(self._context, session, key, change)
            publish_edit(self._context, self._webhook_events, session, row, EVENT, segments=True)
            return True


def _subject(segment: Segment, edit: SegmentEdit | None, edits: list[SegmentEdit], number: int) -> Subject:
    """The correction of this segment, or a new one, with a number if an earlier one that does not fit has its name."""
    if edit is not None:
        return Subject(edit.subject, SEGMENT, edit.segment.model_dump(mode="json"))
    name = subject_of(segment)
    if any(one.subject == name for one in edits):
        name = f"{name}-{number}"
    return Subject(name, SEGMENT, segment.model_dump(mode="json"))


def _said(session: Session, key: str) -> tuple[Transcript, list[SegmentEdit]]:
    """The transcript as it was transcribed, and all corrections. Raises: PermanentError ``no_transcript``."""
    artifact = current_artifacts(session, key, [ResultKind.TRANSCRIPT]).get(ResultKind.TRANSCRIPT)
    if artifact is None:
        raise PermanentError("no_transcript", f"{key} has no transcript.", "It can be corrected once it has one.")
    return Transcript.model_validate(artifact.payload), record_edits_of(session, [key])[1].get(key, [])


def _label(transcript: Transcript, speaker: str) -> str:
    if speaker not in transcript.speakers:
        raise PermanentError(
            "unknown_speaker",
            "The transcript has no speaker with this label.",
            f"There are: {', '.join(transcript.speakers[:30])}.",
        )
    return speaker

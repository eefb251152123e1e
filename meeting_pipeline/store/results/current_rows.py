"""The current results as plain rows, for people who use SQL. Replaced as a whole, inside the caller's transaction.

They say what a loaded record says: edits of speakers are applied, and texts have names. Belongs here: one table per kind of
row. Must not go here: versions (``versions.py``).
"""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.store.tables import ActionItemRow, DecisionRow, SegmentRow, SpeakerRow


def replace_segments(session: Session, record: MeetingRecord) -> None:
    """The current segments are those of this record's transcript."""
    session.execute(delete(SegmentRow).where(SegmentRow.recording_key == record.key))
    segments = record.transcript.segments if record.transcript else ()
    session.add_all(SegmentRow(recording_key=record.key, **segment.model_dump()) for segment in segments)


def replace_rows(session: Session, record: MeetingRecord) -> None:
    """The current speakers, action items and decisions are those of this record. A summary has no rows of its own."""
    for table in (SpeakerRow, ActionItemRow, DecisionRow):
        session.execute(delete(table).where(table.recording_key == record.key))
    session.add_all(_speakers(record))
    session.add_all(
        ActionItemRow(
            recording_key=record.key,
            position=position,
            task=item.task,
            owner=item.owner,
            due_date=item.due_date,
            due_words=item.due_words,
            quote=item.evidence.quote,
            segment_ids=list(item.evidence.segment_ids),
            candidate=item.candidate,
        )
        for position, item in enumerate(record.action_items or ())
    )
    session.add_all(
        DecisionRow(
            recording_key=record.key,
            position=position,
            decision=found.decision,
            decided_by=list(found.decided_by),
            quote=found.evidence.quote,
            segment_ids=list(found.evidence.segment_ids),
            candidate=found.candidate,
        )
        for position, found in enumerate(record.decisions or ())
    )


def _speakers(record: MeetingRecord) -> list[SpeakerRow]:
    found = {speaker.label: (speaker.name, speaker.confidence) for speaker in record.speakers or ()}
    found |= {label: (name, 1.0) for label, name in record.named.items()}
    return [
        SpeakerRow(recording_key=record.key, label=label, name=name, confidence=confidence)
        for label, (name, confidence) in found.items()
    ]

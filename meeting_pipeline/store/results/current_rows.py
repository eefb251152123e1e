"""The current results as plain rows, for people who use SQL. Replaced as a whole, inside the caller's transaction.

They match a loaded record: speaker edits are applied, and texts contain names. Belongs here: the tables of insights that have a
dedicated one, and ``insight_items`` for all others.
Must not go here: versions (``versions.py``).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.tables import (
    ActionItemRow,
    Base,
    DecisionRow,
    InsightItemRow,
    SegmentRow,
    SpeakerRow,
)


def replace_segments(session: Session, record: MeetingRecord) -> None:
    """Replace the current segments by those of this record's transcript."""
    session.execute(delete(SegmentRow).where(SegmentRow.recording_key == record.key))
    segments = record.transcript.segments if record.transcript else ()
    session.add_all(SegmentRow(recording_key=record.key, **segment.model_dump()) for segment in segments)


def replace_rows(session: Session, record: MeetingRecord) -> None:
    """Replace the current rows of all insights by those of this record. A summary has no rows."""
    for table in (SpeakerRow, ActionItemRow, DecisionRow, InsightItemRow):
        session.execute(delete(table).where(table.recording_key == record.key))
    for own_rows in _OWN_TABLES.values():
        session.add_all(own_rows(record))
    for insight, result in record.results.items():
        if insight not in _OWN_TABLES:
            session.add_all(
                InsightItemRow(
                    recording_key=record.key,
                    insight=insight.value,
                    position=position,
                    fields=item.fields,
                    quote=item.quote,
                    segment_ids=list(item.segment_ids),
                    candidate=item.candidate,
                )
                for position, item in enumerate(forms()[insight].stored_items(result))
            )


def _speakers(record: MeetingRecord) -> list[SpeakerRow]:
    found = {speaker.label: (speaker.name, speaker.confidence) for speaker in record.speakers or ()}
    found |= {label: (name, 1.0) for label, name in record.named.items()}
    return [
        SpeakerRow(recording_key=record.key, label=label, name=name, confidence=confidence)
        for label, (name, confidence) in found.items()
    ]


def _action_items(record: MeetingRecord) -> list[ActionItemRow]:
    return [
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
    ]


def _decisions(record: MeetingRecord) -> list[DecisionRow]:
    return [
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
    ]


_OWN_TABLES: Final[Mapping[Insight, Callable[[MeetingRecord], Sequence[Base]]]] = {
    Insight.SPEAKERS: _speakers,
    Insight.ACTION_ITEMS: _action_items,
    Insight.DECISIONS: _decisions,
}

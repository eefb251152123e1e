"""The current results as plain rows, for people who use SQL. Replaced as a whole, inside the caller's transaction.

Belongs here: one table per kind of row. Must not go here: versions (``versions.py``).
"""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from meeting_pipeline.domain.models import ActionItems, Answer, Decisions, Speakers, Transcript
from meeting_pipeline.store.tables import ActionItemRow, DecisionRow, SegmentRow, SpeakerRow


def replace_segments(session: Session, key: str, transcript: Transcript) -> None:
    """The current segments are those of this transcript."""
    session.execute(delete(SegmentRow).where(SegmentRow.recording_key == key))
    session.add_all(SegmentRow(recording_key=key, **segment.model_dump()) for segment in transcript.segments)


def replace_rows(session: Session, key: str, answer: Answer) -> None:
    """The current rows of this insight are what the answer says. A summary has none of its own."""
    match answer.result:
        case Speakers(names=names):
            session.execute(delete(SpeakerRow).where(SpeakerRow.recording_key == key))
            session.add_all(
                SpeakerRow(recording_key=key, label=n.label, name=n.name, confidence=n.confidence) for n in names
            )
        case ActionItems(items=items):
            session.execute(delete(ActionItemRow).where(ActionItemRow.recording_key == key))
            session.add_all(
                ActionItemRow(
                    recording_key=key,
                    position=position,
                    task=item.task,
                    owner=item.owner,
                    due_date=item.due_date,
                    due_words=item.due_words,
                    quote=item.evidence.quote,
                    segment_ids=list(item.evidence.segment_ids),
                    candidate=item.candidate,
                )
                for position, item in enumerate(items)
            )
        case Decisions(decisions=decisions):
            session.execute(delete(DecisionRow).where(DecisionRow.recording_key == key))
            session.add_all(
                DecisionRow(
                    recording_key=key,
                    position=position,
                    decision=found.decision,
                    decided_by=list(found.decided_by),
                    quote=found.evidence.quote,
                    segment_ids=list(found.evidence.segment_ids),
                    candidate=found.candidate,
                )
                for position, found in enumerate(decisions)
            )
        case _:
            pass

"""How far a transcript, an insight or a whole record can be relied on, in one word for logs, tags and metadata.

Must not go here: the words (``policies.py``), what happened in a stage (``stages.py``).
"""

from meeting_pipeline import policies
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing


def transcript_outcome(found: Transcript) -> str:
    """How far a transcript can be relied on."""
    return policies.OUTCOME_DRAFT if found.provenance.draft else policies.OUTCOME_AVAILABLE


def insight_outcome(outcome: Extracted | Missing) -> str:
    """How far an insight can be relied on, or that it is a gap."""
    if isinstance(outcome, Missing):
        return policies.OUTCOME_GAP
    return policies.OUTCOME_DRAFT if outcome.answer.provenance.draft else policies.OUTCOME_AVAILABLE


def minutes_outcome(record: MeetingRecord) -> str:
    """How far a whole record can be relied on."""
    if record.gaps:
        return policies.OUTCOME_INCOMPLETE
    return policies.OUTCOME_DRAFT if record.draft else policies.OUTCOME_AVAILABLE

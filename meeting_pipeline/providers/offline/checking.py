"""Applies the same checks to items from rules as to a model's answers: a rule can be wrong too.

Must not go here: the checks (``domain/verification/``).
"""

from meeting_pipeline.domain.insight_results import ActionItem, Decision, SpeakerName
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.verification.basis import Source
from meeting_pipeline.domain.verification.introductions import speaker_name
from meeting_pipeline.domain.verification.items import action_item, decision
from meeting_pipeline.domain.verification.meeting import Meeting


def checked_item(meeting: Meeting, found: ActionItem) -> ActionItem:
    """The action item with its verdict."""
    return action_item(
        _source(meeting, found.evidence),
        task=found.task,
        owner=found.owner,
        due_words=found.due_words,
        due_date=found.due_date.isoformat() if found.due_date else None,
        candidate=found.candidate,
    )


def checked_decision(meeting: Meeting, found: Decision) -> Decision:
    """The decision with its verdict."""
    return decision(
        _source(meeting, found.evidence), text=found.decision, decided_by=found.decided_by, candidate=found.candidate
    )


def checked_name(meeting: Meeting, found: SpeakerName) -> SpeakerName:
    """The name with its verdict. A name that the source of the transcript gives needs no words."""
    if found.name is None:
        return found
    if found.evidence is None:
        return found.model_copy(update={"verdict": Verdict.VERIFIED})
    return speaker_name(
        _source(meeting, found.evidence), label=found.label, name=found.name, confidence=found.confidence
    )


def _source(meeting: Meeting, evidence: Evidence) -> Source:
    return Source(meeting, evidence.segment_ids, evidence.quote, meeting.segments)

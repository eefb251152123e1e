"""The current results as plain rows, for people who use SQL. Replaced as a whole, inside the caller's transaction.

They match a loaded record: edits are applied, and texts contain names. Unverified claims have rows too, with their verdict;
deleted ones have none. Belongs here: the tables of insights that have a
dedicated one, and ``insight_items`` for all others.
Must not go here: versions (``versions.py``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from meeting_pipeline.domain.claim_edits import selected
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.insight_results import ActionItem, Decision, SpeakerName
from meeting_pipeline.domain.judged_claims import ClaimState, JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verdicts import Verdict
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
    edits = record.edited_segments
    session.add_all(
        SegmentRow(
            recording_key=record.key,
            **segment.model_dump(),
            edited_by=edits[segment.index].edited_by if segment.index in edits else None,
        )
        for segment in segments
    )


def replace_rows(session: Session, record: MeetingRecord) -> None:
    """Replace the current rows of all insights by those of this record. A summary has no rows."""
    for table in (SpeakerRow, ActionItemRow, DecisionRow, InsightItemRow):
        session.execute(delete(table).where(table.recording_key == record.key))
    for own_rows in _OWN_TABLES.values():
        session.add_all(own_rows(record))
    for insight in record.results:
        if insight not in _OWN_TABLES:
            session.add_all(_items(record, insight))


def _items(record: MeetingRecord, insight: Insight) -> Iterator[InsightItemRow]:
    kept = _kept(record, insight)
    items = forms()[insight].stored_items(selected(record.results[insight], kept, lambda _: True))
    # An insight with its own form may store rows that are not claims: they have no verdict.
    claims: Sequence[JudgedClaim | None] = kept if len(kept) == len(items) else [None] * len(items)
    for position, (item, claim) in enumerate(zip(items, claims, strict=True)):
        yield InsightItemRow(
            recording_key=record.key,
            insight=insight.value,
            position=position,
            fields=item.fields,
            quote=item.quote,
            segment_ids=list(item.segment_ids),
            candidate=item.candidate,
            **_verdict(claim),
        )


def _kept(record: MeetingRecord, insight: Insight) -> list[JudgedClaim]:
    """The claims that have rows: all but those that people deleted."""
    return [
        claim for claim in record.claims or () if claim.insight is insight and claim.state is not ClaimState.DELETED
    ]


def _verdict(claim: JudgedClaim | None) -> dict[str, Any]:
    if claim is None:
        return {"verdict": Verdict.NOT_CHECKED.value, "reasons": [], "accepted_by": None}
    return {"verdict": claim.verdict.value, "reasons": list(claim.reasons), "accepted_by": claim.accepted_by}


def _speakers(record: MeetingRecord) -> list[SpeakerRow]:
    """A name that is withheld is not in its row: whoever reads rows takes a name for a name."""
    judgements = {claim.value.label: claim for claim in record.claims or () if isinstance(claim.value, SpeakerName)}
    found = {speaker.label: (speaker.name, speaker.confidence) for speaker in record.speakers or ()}
    found |= {label: (name, 1.0) for label, name in record.named.items()}
    return [
        SpeakerRow(
            recording_key=record.key,
            label=label,
            name=name,
            confidence=confidence,
            **_verdict(None if label in record.named else judgements.get(label)),
        )
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
            status=item.status,
            status_segment_id=item.status_segment_id,
            edited_by=claim.edited_by,
            **_verdict(claim),
        )
        for position, claim in enumerate(_kept(record, Insight.ACTION_ITEMS))
        if isinstance(item := claim.value, ActionItem)
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
            status=found.status,
            status_segment_id=found.status_segment_id,
            edited_by=claim.edited_by,
            **_verdict(claim),
        )
        for position, claim in enumerate(_kept(record, Insight.DECISIONS))
        if isinstance(found := claim.value, Decision)
    ]


_OWN_TABLES: Final[Mapping[Insight, Callable[[MeetingRecord], Sequence[Base]]]] = {
    Insight.SPEAKERS: _speakers,
    Insight.ACTION_ITEMS: _action_items,
    Insight.DECISIONS: _decisions,
}

"""A meeting as people corrected it, as a labelled meeting for ``eval``: the fields of ``files.py``.

Items that people left, changed, accepted or added count as right, even those that they did not touch; a deleted item is a trap
and a false item. Only items with evidence count. Must not go here: reading such files (``reading.py``), which meetings were
corrected.
"""

from collections.abc import Iterator
from typing import Any, Final

from meeting_pipeline.domain.evidence import occurs_in
from meeting_pipeline.domain.insight_results import ActionItem, Decision
from meeting_pipeline.domain.judged_claims import ClaimState, JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment

_LABEL_CHARACTERS: Final = 100
"""Of a speaker label that is written as it is; a longer one is replaced by a number."""
_KINDS: Final = {Insight.ACTION_ITEMS: "actions", Insight.DECISIONS: "decisions"}


def labelled_case(record: MeetingRecord) -> dict[str, Any] | None:
    """The meeting as JSON values; ``None`` without a transcript that says anything."""
    if record.transcript is None or not record.transcript.segments:
        return None
    segments = record.transcript.segments
    labels = {label: _label(label, number) for number, label in enumerate(record.transcript.speakers)}
    claims = [claim for claim in record.claims or () if claim.insight in _KINDS and claim.evidence]
    right = [claim for claim in claims if claim.state is ClaimState.PUBLISHED]
    wrong = [claim for claim in claims if claim.state is ClaimState.DELETED]
    return {
        "meeting": record.key,
        "series": record.title,
        "title": record.title,
        "date": record.meeting_date.isoformat(),
        "language": record.transcript.language or "en",
        "turns": _turns(segments, labels),
        "gold": {
            "speakers": {labels[label]: name for label, name in record.named.items() if label in labels},
            **{
                kind: [_gold(claim, labels) for claim in right if claim.insight is insight and _ids(claim)]
                for insight, kind in _KINDS.items()
            },
        },
        "traps": [{"kind": "deleted", "turns": _ids(claim)} for claim in wrong if _ids(claim)],
        "claims": [
            *(_scripted(claim, labels, "deleted", right=False) for claim in wrong if _is_said(claim, segments)),
            *(
                _scripted(claim, labels, "accepted", right=True)
                for claim in right
                if claim.accepted_by is not None and _is_said(claim, segments)
            ),
        ],
    }


def _label(label: str, number: int) -> str:
    return label if len(label) <= _LABEL_CHARACTERS else f"speaker {number}"


def _turns(segments: tuple[Segment, ...], labels: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "speaker": labels[segment.speaker],
            "start": segment.start_ms / 1000,
            "end": max(segment.end_ms, segment.start_ms) / 1000,
            "text": segment.text,
        }
        for segment in segments
    ]


def _ids(claim: JudgedClaim) -> list[int]:
    return list(claim.evidence.segment_ids) if claim.evidence is not None else []


def _gold(claim: JudgedClaim, labels: dict[str, str]) -> dict[str, Any]:
    label: dict[str, Any] = {"text": claim.text, "turns": _ids(claim)}
    if isinstance(claim.value, ActionItem):
        owner, due = claim.value.owner, claim.value.due_date
        label |= {"owner": labels.get(owner, owner) if owner else None, "due": due.isoformat() if due else None}
    return label


def _is_said(claim: JudgedClaim, segments: tuple[Segment, ...]) -> bool:
    """Whether the quote is in the corrected transcript: one that is not would be refused for that alone."""
    evidence, ids = claim.evidence, set(_ids(claim))
    return evidence is not None and occurs_in(evidence.quote, (one for one in segments if one.index in ids))


def _scripted(claim: JudgedClaim, labels: dict[str, str], kind: str, *, right: bool) -> dict[str, Any]:
    quote = claim.evidence.quote if claim.evidence is not None else ""
    answer = {"segment_ids": _ids(claim), "quote": quote, **dict(_stated(claim, labels))}
    return {"insight": claim.insight.value, "right": right, "kind": kind, "answer": answer}


def _stated(claim: JudgedClaim, labels: dict[str, str]) -> Iterator[tuple[str, Any]]:
    match claim.value:
        case ActionItem() as item:
            yield "task", claim.text
            yield "owner", labels.get(item.owner, item.owner) if item.owner else None
            yield "due_words", item.due_words
            yield "due_date", item.due_date.isoformat() if item.due_date else None
        case Decision() as decision:
            yield "decision", claim.text
            yield "decided_by", [labels.get(person, person) for person in decision.decided_by]

"""A record as JSON values: the fields that the JSON export and the webhook body share.

The fields are a contract, described in ``docs/webhooks.md``: add fields, never rename or remove one. A missing result is
``null`` and named in ``gaps``; an empty result is an empty list. Labels are kept in addition to the names. Claims that are
withheld are left out, or, with ``mark_unverified``, included with their verdict and reasons.
Must not go here: the envelope of a webhook (``webhooks/payload.py``).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from meeting_pipeline.domain.claim_edits import judged, selected, unverified_counts
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.insight_results import SpeakerName
from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.record import Gap, MeetingRecord, Stamp
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verdicts import Claim

_BEFORE_SEGMENTS: Final = (Insight.SUMMARY, Insight.SPEAKERS)
"""The order of the fields is part of the contract: equal content has equal bytes."""


def record_fields(record: MeetingRecord, *, mark_unverified: bool = False) -> dict[str, Any]:
    """The record in its current state, finished or not."""
    return {
        "recording_id": record.key,
        "status": record.status.value,
        "stage": record.stage.value,
        "revision": record.revision,
        "original_name": record.original_name,
        "reference": record.attached.reference,
        "metadata": dict(record.attached.metadata),
        "submitted_at": utc_text(record.submitted_at),
        "completed_at": utc_text(record.completed_at) if record.completed_at else None,
        "cost_usd": record.cost_usd,
        "unpriced_purchases": record.unpriced_purchases,
        **outcome_fields(record, mark_unverified=mark_unverified),
    }


def outcome_fields(record: MeetingRecord, *, mark_unverified: bool = False) -> dict[str, Any]:
    """Error, gaps and the meeting itself."""
    return {
        "error": _error(record),
        "gaps": [_gap(gap) for gap in record.gaps],
        "meeting": meeting_fields(record, mark_unverified=mark_unverified),
    }


def meeting_fields(record: MeetingRecord, *, mark_unverified: bool = False) -> dict[str, Any]:
    """The meeting: its facts and all current results."""
    record = judged(record)
    insights = {insight: _insight(record, insight, marked=mark_unverified) for insight in Insight}
    return {
        "title": record.title,
        "date": record.meeting_date.isoformat(),
        "duration_ms": record.duration_ms,
        "language": record.transcript.language if record.transcript else None,
        "draft": record.draft,
        "provenance": {kind: _stamp(stamp) for kind, stamp in sorted(record.stamps.items())},
        "unverified": unverified_counts(record),
        **{insight.value: insights[insight] for insight in _BEFORE_SEGMENTS},
        "segments": _segments(record),
        **{insight.value: found for insight, found in insights.items() if insight not in _BEFORE_SEGMENTS},
    }


def utc_text(moment: datetime) -> str:
    """The time as RFC 3339 in UTC with milliseconds. Raises: ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone cannot be written")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(record: MeetingRecord) -> dict[str, str] | None:
    if record.status is not RecordingStatus.FAILED or record.error is None:
        return None
    return {"code": record.error.code, "message": record.error.message, "advice": record.error.advice}


def _gap(gap: Gap) -> dict[str, str | int | None]:
    return {
        "insight": gap.insight.value,
        "code": gap.code,
        "reason": gap.reason,
        "advice": gap.advice,
        "since": utc_text(gap.since) if gap.since else None,
        "tries": gap.tries,
        "retry_at": utc_text(gap.retry_at) if gap.retry_at else None,
    }


def _stamp(stamp: Stamp) -> dict[str, Any]:
    return {
        "version": stamp.version,
        **stamp.provenance.model_dump(mode="json"),
        "coverage": stamp.coverage.model_dump(mode="json") if stamp.coverage else None,
        "transcript_version": stamp.transcript_version,
    }


def claim_fields(claim: JudgedClaim) -> dict[str, Any]:
    """Fields that every claim has in addition to its own: its id, verdict and reasons, and people's edits.

    ``edited_by`` and ``added`` are there only if somebody changed what it says, or wrote it.
    """
    return {
        "claim_id": claim.claim_id,
        "verdict": claim.verdict.value,
        "reasons": list(claim.reasons),
        "accepted_by": claim.accepted_by,
        **({"edited_by": claim.edited_by, "added": claim.added} if claim.item_edit is not None else {}),
    }


def claim_json(record: MeetingRecord, claim: JudgedClaim) -> dict[str, Any]:
    """One claim as it stands in the JSON of its insight, whether it is published or not."""
    result = record.results[claim.insight]
    if isinstance(claim.value, SpeakerName):
        name = {"label": claim.value.label, "name": claim.value.name, "confidence": claim.value.confidence}
        return {**name, **claim_fields(claim)}
    alone = selected(result, [claim], lambda _: True)
    found = forms()[claim.insight].as_json(alone, record)
    entries = found if isinstance(found, list) else found[claim.part] if isinstance(found, dict) else []
    return {**(entries[0] if entries and isinstance(entries[0], dict) else {}), **claim_fields(claim)}


def _insight(record: MeetingRecord, insight: Insight, *, marked: bool) -> Any:
    """The value of an insight, with the fields of ``claim_fields`` in every entry that is a claim."""
    result = record.results.get(insight)
    form = forms()[insight]
    if result is None:
        return _without_claims(form.as_json(None, record))
    own = [claim for claim in record.claims or () if claim.insight is insight]
    told = [claim for claim in own if _is_shown(claim, marked)]
    value = form.as_json(selected(result, own, lambda claim: _is_shown(claim, marked)), record)
    if insight is Insight.SPEAKERS:
        return _speakers(record, value, told)
    if isinstance(value, dict):
        return {name: _judged_entries(entries, told, name) for name, entries in value.items()}
    return _judged_entries(value, told, None)


def _is_shown(claim: JudgedClaim, marked: bool) -> bool:
    return claim.published or (marked and claim.withheld)


def _judged_entries(entries: Any, told: Sequence[JudgedClaim], part: str | None) -> Any:
    own = [claim for claim in told if part in (None, claim.part)]
    if not isinstance(entries, list) or len(entries) != len(own):
        return entries
    return [
        {**{name: value for name, value in entry.items() if name not in Claim.model_fields}, **claim_fields(claim)}
        for entry, claim in zip(entries, own, strict=True)
    ]


def _speakers(record: MeetingRecord, entries: Any, told: Sequence[JudgedClaim]) -> Any:
    """Verdicts are about names that were found, not about those that people or the source gave."""
    found = {claim.value.label: claim for claim in told if isinstance(claim.value, SpeakerName) and claim.value.name}
    return [
        {**entry, **_speaker_fields(record, entry, found.get(entry["label"]))} for entry in _without_claims(entries)
    ]


def _speaker_fields(record: MeetingRecord, entry: dict[str, Any], claim: JudgedClaim | None) -> dict[str, Any]:
    if claim is None or not isinstance(claim.value, SpeakerName) or entry["label"] in record.named:
        return {}
    if claim.withheld and entry["name"] is not None:  # the source's name is shown, and nothing is claimed about it
        return {}
    return {
        **({"name": claim.value.name, "confidence": claim.value.confidence} if claim.withheld else {}),
        **claim_fields(claim),
    }


def _without_claims(entries: Any) -> Any:
    """Speakers that nothing is claimed about."""
    nothing: dict[str, Any] = {"claim_id": None, "verdict": None, "reasons": [], "accepted_by": None}
    return [{**entry, **nothing} for entry in entries] if isinstance(entries, list) else entries


def _segments(record: MeetingRecord) -> list[dict[str, Any]] | None:
    if record.transcript is None:
        return None
    return [
        {
            "id": segment.index,
            "speaker": segment.speaker,
            "start_ms": segment.start_ms,
            "end_ms": segment.end_ms,
            "text": segment.text,
            "confidence": segment.confidence,
            **_edited_by(record, segment.index),
        }
        for segment in record.transcript.segments
    ]


def _edited_by(record: MeetingRecord, index: int) -> dict[str, str]:
    """Who corrected a segment; nothing if nobody did."""
    edit = record.edited_segments.get(index)
    return {"edited_by": edit.edited_by} if edit is not None else {}

"""A record as JSON values: the fields that the JSON export and the webhook body share.

The fields are a contract, described in ``docs/webhooks.md``: add fields, never rename or remove one. A missing result
is ``null`` and named in ``gaps``; an empty result is an empty list. Labels are kept beside the names.
Must not go here: the envelope of a webhook (``webhooks/payload.py``).
"""

from datetime import UTC, datetime
from typing import Any, Final

from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.record import Gap, MeetingRecord, Stamp
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight

_BEFORE_SEGMENTS: Final = (Insight.SUMMARY, Insight.SPEAKERS)
"""The order of the fields is part of the contract: equal content has equal bytes."""


def record_fields(record: MeetingRecord) -> dict[str, Any]:
    """The record in its current state, finished or not."""
    return {
        "recording_id": record.key,
        "status": record.status.value,
        "stage": record.stage.value,
        "revision": record.revision,
        "original_name": record.original_name,
        "submitted_at": utc_text(record.submitted_at),
        "completed_at": utc_text(record.completed_at) if record.completed_at else None,
        "cost_usd": record.cost_usd,
        **outcome_fields(record),
    }


def outcome_fields(record: MeetingRecord) -> dict[str, Any]:
    """Error, gaps and the meeting itself."""
    return {
        "error": _error(record),
        "gaps": [_gap(gap) for gap in record.gaps],
        "meeting": meeting_fields(record),
    }


def meeting_fields(record: MeetingRecord) -> dict[str, Any]:
    """The meeting: its facts and all current results."""
    return {
        "title": record.title,
        "date": record.meeting_date.isoformat(),
        "duration_ms": record.duration_ms,
        "language": record.transcript.language if record.transcript else None,
        "draft": record.draft,
        "provenance": {kind: _stamp(stamp) for kind, stamp in sorted(record.stamps.items())},
        **{insight.value: _insight(record, insight) for insight in _BEFORE_SEGMENTS},
        "segments": _segments(record),
        **{insight.value: _insight(record, insight) for insight in Insight if insight not in _BEFORE_SEGMENTS},
    }


def utc_text(moment: datetime) -> str:
    """The time as RFC 3339 in UTC with milliseconds. Raises: ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be told")
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
    }


def _insight(record: MeetingRecord, insight: Insight) -> Any:
    return forms()[insight].as_json(record.results.get(insight), record)


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
        }
        for segment in record.transcript.segments
    ]

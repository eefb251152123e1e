"""The body of a webhook, built once per event and then stored: every attempt sends the same bytes.

The fields are a contract, described in ``docs/webhooks.md``: add fields, never rename or remove one. A result
that is missing is ``null`` and named in ``gaps``; a result that holds nothing is an empty list.
Must not go here: headers and signatures (``signing.py``).
"""

import json
from datetime import UTC, datetime
from typing import Any, Protocol

from meeting_pipeline.domain.models import Evidence, RecordingStatus
from meeting_pipeline.domain.record import Gap, MeetingRecord, Stamp

_EVENTS = {RecordingStatus.COMPLETED: "meeting.completed", RecordingStatus.FAILED: "meeting.failed"}


def event_name(status: RecordingStatus) -> str:
    """``meeting.completed`` or ``meeting.failed``.

    Raises: ValueError for a status that is no outcome.
    """
    if status not in _EVENTS:
        raise ValueError(f"a recording that is {status.value} has no event")
    return _EVENTS[status]


class Header(Protocol):
    """What an event says beside the record; ``store.outbox.EventHeader`` has this shape."""

    @property
    def event_id(self) -> str: ...  # noqa: D102 - a protocol's members speak for themselves
    @property
    def revision(self) -> int: ...  # noqa: D102 - see above
    @property
    def occurred_at(self) -> datetime: ...  # noqa: D102 - see above


def build_payload(record: MeetingRecord, header: Header, results_url: str) -> bytes:
    """The body for one event about ``record``: UTF-8 JSON, the same bytes for the same arguments.

    Raises: ValueError for a recording without an outcome, or a naive moment.
    """
    payload = {
        "event": event_name(record.status),
        "event_id": header.event_id,
        "revision": header.revision,
        "occurred_at": _moment(header.occurred_at),
        "job_id": record.key,
        "status": record.status.value,
        "error": _error(record),
        "gaps": [_gap(gap) for gap in record.gaps],
        "results_url": results_url,
        "meeting": _meeting(record),
    }
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A provider's JSON can hold half of a surrogate pair, which UTF-8 cannot.
    return text.encode("utf-8", "replace")


def _meeting(record: MeetingRecord) -> dict[str, Any]:
    return {
        "id": record.key,
        "title": record.title,
        "date": record.meeting_date.isoformat(),
        "duration_ms": record.duration_ms,
        "language": record.transcript.language if record.transcript else None,
        "draft": record.draft,
        "provenance": {kind: _stamp(stamp) for kind, stamp in sorted(record.stamps.items())},
        "summary": _summary(record),
        "speakers": _speakers(record),
        "segments": _segments(record),
        "action_items": _action_items(record),
        "decisions": _decisions(record),
    }


def _error(record: MeetingRecord) -> dict[str, str] | None:
    if record.status is not RecordingStatus.FAILED or record.error is None:
        return None
    return {"code": record.error.code, "message": record.error.message, "advice": record.error.advice}


def _gap(gap: Gap) -> dict[str, str | None]:
    return {
        "insight": gap.insight.value,
        "code": gap.code,
        "reason": gap.reason,
        "advice": gap.advice,
        "retry_at": _moment(gap.retry_at) if gap.retry_at else None,
    }


def _stamp(stamp: Stamp) -> dict[str, Any]:
    return {
        "version": stamp.version,
        **stamp.provenance.model_dump(mode="json"),
        "coverage": stamp.coverage.model_dump(mode="json") if stamp.coverage else None,
    }


def _summary(record: MeetingRecord) -> dict[str, Any] | None:
    return record.summary.model_dump(mode="json") if record.summary else None


def _speakers(record: MeetingRecord) -> list[dict[str, Any]] | None:
    if record.transcript is None:
        return None
    named = {speaker.label: speaker for speaker in record.speakers or ()}
    given = record.transcript.speaker_names
    return [
        {
            "label": label,
            "name": (named[label].name if label in named else None) or given.get(label),
            "confidence": named[label].confidence if label in named else None,
        }
        for label in record.transcript.speakers
    ]


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


def _action_items(record: MeetingRecord) -> list[dict[str, Any]] | None:
    if record.action_items is None:
        return None
    return [
        {
            "task": item.task,
            "owner": item.owner,
            "owner_name": record.speaker_name(item.owner) if item.owner else None,
            "due_date": item.due_date.isoformat() if item.due_date else None,
            "due_words": item.due_words,
            "candidate": item.candidate,
            "evidence": _evidence(item.evidence, record),
        }
        for item in record.action_items
    ]


def _decisions(record: MeetingRecord) -> list[dict[str, Any]] | None:
    if record.decisions is None:
        return None
    return [
        {
            "decision": item.decision,
            "decided_by": list(item.decided_by),
            "decided_by_names": [record.speaker_name(speaker) for speaker in item.decided_by],
            "candidate": item.candidate,
            "evidence": _evidence(item.evidence, record),
        }
        for item in record.decisions
    ]


def _evidence(evidence: Evidence, record: MeetingRecord) -> dict[str, Any]:
    return {
        "segment_ids": list(evidence.segment_ids),
        "quote": evidence.quote,
        "start_ms": record.start_ms(evidence.segment_ids),
    }


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("moments in a webhook must be timezone-aware")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

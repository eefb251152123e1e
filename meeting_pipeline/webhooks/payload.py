"""The body of a webhook, built once per event and then stored, so that every attempt sends the same bytes.

The fields are a contract, described in ``docs/webhooks.md``: add fields, never rename or remove one. A missing result
is ``null`` and named in ``gaps``; a result without items is an empty list.
Must not go here: headers and signatures (``signing.py``).
"""

import json
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from meeting_pipeline.domain.page_links import meeting_page
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.record_json import outcome_fields, utc_text
from meeting_pipeline.domain.recording import RecordingStatus

_EVENTS = {RecordingStatus.COMPLETED: "meeting.completed", RecordingStatus.FAILED: "meeting.failed"}


def event_name(status: RecordingStatus) -> str:
    """Return ``meeting.completed`` or ``meeting.failed``.

    Raises: ValueError for a status that is not an outcome.
    """
    if status not in _EVENTS:
        raise ValueError(f"a recording that is {status.value} has no event")
    return _EVENTS[status]


class Header(Protocol):
    """An event's fields besides the record; ``store.outbox.webhook_events.EventHeader`` implements this protocol."""

    @property
    def event_id(self) -> str: ...  # noqa: D102 - a protocol's members speak for themselves
    @property
    def revision(self) -> int: ...  # noqa: D102 - see above
    @property
    def occurred_at(self) -> datetime: ...  # noqa: D102 - see above


def build_payload(
    record: MeetingRecord, header: Header, results_url: str, *, api_url: str = "", mark_unverified: bool = False
) -> bytes:
    """Build the body for one event about ``record``: UTF-8 JSON, the same bytes for the same arguments.

    ``api_url``: address of the HTTP service, for links. ``mark_unverified``: whether unverified claims are included with their
    verdict, instead of being left out.

    Raises: ValueError for a recording without an outcome, or a naive datetime.
    """
    outcome = outcome_fields(record, mark_unverified=mark_unverified)
    payload = {
        "event": event_name(record.status),
        "event_id": header.event_id,
        "revision": header.revision,
        "occurred_at": utc_text(header.occurred_at),
        "recording_id": record.key,
        "job_id": record.key,
        "status": record.status.value,
        "error": outcome["error"],
        "gaps": outcome["gaps"],
        "results_url": results_url,
        "links": _links(record, api_url),
        "meeting": outcome["meeting"],
    }
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A provider's JSON can contain lone surrogates, which UTF-8 cannot encode.
    return text.encode("utf-8", "replace")


def _links(record: MeetingRecord, api_url: str) -> dict[str, str | None]:
    """Where the rest is: ``null`` for what there is not. The names are those of the API's links, plus ``page``."""
    key = quote(record.key)
    meeting = f"{api_url}/v1/meetings/{key}"
    transcribed = record.transcript is not None
    return {
        "recording": f"{api_url}/v1/recordings/{key}",
        "meeting": meeting,
        "minutes": f"{meeting}/minutes.md" if transcribed else None,
        "transcript_json": f"{meeting}/transcript.json" if transcribed else None,
        "page": meeting_page(api_url, key),
    }

"""Parse AssemblyAI's JSON into domain values. The JSON is untrusted: any server may have sent it.

Belongs here: how a field of the API is read, and what an invalid one becomes. Unknown fields are ignored; a missing or
invalid detail (a time, a confidence) has a documented fallback; an invalid text is a BadAnswer. The SDK's models are not
used for responses: one unknown word in one field makes them refuse the whole response, including a whole list of orders.
Must not go here: HTTP.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.assemblyai_segments import bad_answer, clean, ms_of, segments_in, share_of
from meeting_pipeline.providers.http_errors import shown
from meeting_pipeline.providers.ports import PROVIDER_FAILED, UPLOAD_EXPIRED, ListedOrder, Pending, Ready, Rejected

PROVIDER = "assemblyai"
DELETED_URL = "http://deleted_by_user"
"""The API returns this as the audio's URL after a deletion."""
_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (PROVIDER_FAILED, ("internal server error", "internal error", "server error", "retry your request")),
    ("no_speech", ("no spoken audio", "does not contain speech", "no speech")),
    ("too_long", ("too long", "duration is too large", "maximum duration", "maximum length")),
    ("too_short", ("too short", "duration is too small", "minimum duration", "audio duration")),
    (UPLOAD_EXPIRED, ("download",)),
    (
        "bad_audio",
        (
            "transcoding",
            "unsupported",
            "file type",
            "does not appear to contain audio",
            "corrupt",
            "no audio",
        ),
    ),
    (PROVIDER_FAILED, ("please retry", "try again", "timed out", "temporarily")),
)
"""Code -> words in the provider's error text (from their documentation and published threads; case-insensitive). The first
that fits counts: what the provider says of itself, then what it says of the file, then a mere invitation to try again."""


@dataclass(frozen=True)
class Listed:
    """One page of orders, newest first. ``older`` is the ``before_id`` of the next page, if there is one."""

    states: Mapping[str, Pending | Ready | Rejected]
    orders: Sequence[ListedOrder]
    older: str | None


def rejection(reason: object) -> Rejected:
    """Map the provider's error text to a ``Rejected`` with one of our codes."""
    text = shown(clean(reason)) if isinstance(reason, str) else ""
    folded = text.casefold()
    for code, words in _REASONS:
        if any(word in folded for word in words):
            return Rejected(code, text)
    return Rejected("provider_rejected", text or "AssemblyAI gave no reason.")


def finished_order(body: object) -> str | None:
    """Return the order's id in the body of a completion webhook, ``{"transcript_id": ..., "status": ...}``.

    ``None`` for anything else. Nothing but the id is used.
    Source: https://www.assemblyai.com/docs/pre-recorded-audio/webhooks
    """
    found = body.get("transcript_id") if isinstance(body, dict) else None
    return found if isinstance(found, str) and _ORDER_ID.fullmatch(found) else None


def parse_list(body: object) -> Listed:
    """Parse a page of ``GET /v2/transcript``. Skips items that cannot be read: they must not hide the others.

    Raises: BadAnswer ``invalid_answer``.
    """
    if not isinstance(body, dict) or not isinstance(body.get("transcripts"), list):
        raise bad_answer("the list of transcripts")
    states: dict[str, Pending | Ready | Rejected] = {}
    orders: list[ListedOrder] = []
    for item in body["transcripts"]:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            continue
        if isinstance(item.get("status"), str):
            states[item["id"]] = state_of(item)
        url = item.get("audio_url")
        orders.append(
            ListedOrder(
                id=item["id"],
                upload_url=url if isinstance(url, str) else None,
                created_at=_moment(item.get("created")),
                status=shown(clean(item["status"])) if isinstance(item.get("status"), str) else "",
                failed=item.get("status") == "error",
            )
        )
    details = body.get("page_details")
    older = details.get("prev_url") if isinstance(details, dict) else None
    found = parse_qs(urlsplit(older).query).get("before_id") if isinstance(older, str) else None
    return Listed(states, orders, found[0] if found else None)


def _moment(value: object) -> datetime | None:
    """Parse a timestamp of the API, which is in UTC but has no offset; ``None`` if it is invalid."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if found is None else found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def state_of(body: Mapping[str, Any]) -> Pending | Ready | Rejected:
    """Return the state of an order. An unknown status counts as pending, until the order's deadline."""
    status = body.get("status")
    if not isinstance(status, str):
        raise bad_answer("status")
    if status == "completed":
        return Ready()
    return rejection(body.get("error")) if status == "error" else Pending(shown(clean(status)))


def parse_transcript(body: object) -> Pending | Rejected | Transcript:
    """Parse ``GET /v2/transcript/{id}``.

    A deleted transcript is ``Rejected`` as ``deleted_at_provider``.
    Raises: BadAnswer ``invalid_answer``; it names the invalid field, never its value.
    """
    if not isinstance(body, dict):
        raise bad_answer("the transcript")
    state = state_of(body)
    if not isinstance(state, Ready):
        return state
    if body.get("audio_url") == DELETED_URL:
        return Rejected("deleted_at_provider", "The transcript was deleted at AssemblyAI.")
    duration = ms_of(body.get("audio_duration"), scale=1000)
    segments = segments_in(body, duration or 0)
    used = body.get("speech_model_used") or body.get("speech_model")
    language = body.get("language_code")
    return Transcript(
        segments=segments,
        language=one_line(clean(language))[:20] if isinstance(language, str) and language else None,
        duration_ms=max([duration or 0, *(segment.end_ms for segment in segments)]),
        confidence=share_of(body.get("confidence")) if segments else None,
        provenance=Provenance(
            provider=PROVIDER, model=shown(clean(used)) if isinstance(used, str) and used else "not stated"
        ),
    )

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

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.providers.http_errors import shown
from meeting_pipeline.providers.ports import UPLOAD_EXPIRED, ListedOrder, Pending, Ready, Rejected

NOT_STATED = "not stated"
PROVIDER = "assemblyai"
DELETED_URL = "http://deleted_by_user"
"""The API returns this as the audio's URL after a deletion."""
ONE_SPEAKER, NO_SPEAKER = "A", "?"
SENTENCE_ENDS = (".", "?", "!", "。", "？", "！")  # noqa: RUF001 - full-width marks are meant
LABEL_CHARACTERS = 40
_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LONGEST_MS = int(policies.MAX_RECORDING_HOURS * 3_600_000 * 2)
_REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("no_speech", ("no spoken audio", "does not contain speech", "no speech")),
    ("too_short", ("too short", "duration is too small", "audio duration")),
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
)
"""Code -> words in the provider's error text (from their documentation and published threads; case-insensitive)."""


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
        raise _bad("the list of transcripts")
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
        raise _bad("status")
    if status == "completed":
        return Ready()
    return rejection(body.get("error")) if status == "error" else Pending(shown(clean(status)))


def parse_transcript(body: object) -> Pending | Rejected | Transcript:
    """Parse ``GET /v2/transcript/{id}``.

    Utterances become segments unchanged, and speakers keep their labels. Without utterances there is one speaker, and
    the words' punctuation marks the sentences. A deleted transcript is ``Rejected`` as ``deleted_at_provider``.
    Raises: BadAnswer ``invalid_answer``; it names the invalid field, never its value.
    """
    if not isinstance(body, dict):
        raise _bad("the transcript")
    state = state_of(body)
    if not isinstance(state, Ready):
        return state
    if body.get("audio_url") == DELETED_URL:
        return Rejected("deleted_at_provider", "The transcript was deleted at AssemblyAI.")
    duration = _ms(body.get("audio_duration"), scale=1000)
    segments = _segments(body, duration or 0)
    used = body.get("speech_model_used") or body.get("speech_model")
    language = body.get("language_code")
    return Transcript(
        segments=segments,
        language=one_line(clean(language))[:20] if isinstance(language, str) and language else None,
        duration_ms=max([duration or 0, *(segment.end_ms for segment in segments)]),
        confidence=_share(body.get("confidence")) if segments else None,
        provenance=Provenance(
            provider=PROVIDER, model=shown(clean(used)) if isinstance(used, str) and used else NOT_STATED
        ),
    )


def clean(text: str) -> str:
    """Make text valid for every database: no NUL, no lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _segments(body: Mapping[str, Any], duration_ms: int) -> tuple[Segment, ...]:
    spoken = body.get("utterances")
    if isinstance(spoken, list) and spoken:
        found = _read(spoken, "utterances")
    else:
        text = body.get("text")
        if text is not None and not isinstance(text, str):
            raise _bad("text")
        found = _by_sentences(body.get("words")) if text and text.strip() else []
        if not found and text and clean(text).strip():
            whole = Segment(index=0, speaker=ONE_SPEAKER, start_ms=0, end_ms=duration_ms, text=clean(text).strip())
            found = [whole]
    ordered = sorted(found, key=lambda segment: segment.start_ms)
    return tuple(segment.model_copy(update={"index": index}) for index, segment in enumerate(ordered))


def _read(items: Sequence[object], where: str) -> list[Segment]:
    """Convert items with text and times to segments; missing times are derived from the previous item."""
    found: list[Segment] = []
    clock = 0
    for item in items:
        if not isinstance(item, dict):
            raise _bad(where)
        text = item.get("text")
        if text is None:
            continue
        if not isinstance(text, str):
            raise _bad(f"{where}.text")
        start = _ms(item.get("start"))
        start = clock if start is None else start
        end = _ms(item.get("end"))
        clock = start if end is None else max(start, end)
        kept = clean(text).strip()
        if kept:
            label, confidence = _label(item.get("speaker")), _share(item.get("confidence"))
            found.append(
                Segment(index=0, speaker=label, start_ms=start, end_ms=clock, text=kept, confidence=confidence)
            )
    return found


def _by_sentences(words: object) -> list[Segment]:
    """Group one speaker's words into sentences. Empty if the words cannot be read; the whole text is one segment then."""
    if not isinstance(words, list) or not all(isinstance(w, dict) and isinstance(w.get("text"), str) for w in words):
        return []
    sentences: list[list[Segment]] = [[]]
    for word in _read(words, "words"):
        sentences[-1].append(word)
        if word.text.endswith(SENTENCE_ENDS):
            sentences.append([])
    return [
        Segment(
            index=0,
            speaker=ONE_SPEAKER,
            start_ms=part[0].start_ms,
            end_ms=max(word.end_ms for word in part),
            text=" ".join(word.text for word in part),
            confidence=_mean([word.confidence for word in part]),
        )
        for part in sentences
        if part
    ]


def _label(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return NO_SPEAKER
    return one_line(clean(str(value)))[:LABEL_CHARACTERS] or NO_SPEAKER


def _ms(value: object, scale: int = 1) -> int | None:
    """Parse a time in ms; ``None`` if it is invalid."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Compare before any arithmetic: an integer may be too large for a float, and a float may be NaN.
    return int(value * scale) if 0 <= value <= _LONGEST_MS and value * scale <= _LONGEST_MS else None


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0.0 <= value <= 1.0 else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _bad(where: str) -> BadAnswer:
    return BadAnswer(
        "invalid_answer",
        f"AssemblyAI's response cannot be read: {where} does not match its API.",
        "It is retried; if this happens often, check the base URL, and for a newer release.",
    )

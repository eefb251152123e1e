"""Meetings over HTTP: the whole record as JSON, the minutes in two formats, and the transcript in three.

Must not go here: the formats (``domain/``), speakers (``speakers.py``), recordings in progress (``recordings.py``).
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.advice import is_remote, record_for
from meeting_pipeline.api.schemas.documents import document
from meeting_pipeline.api.schemas.meetings import MeetingRecord, Transcript
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, UNKNOWN, responses
from meeting_pipeline.domain import calendar, document_docx, due_calendar
from meeting_pipeline.domain import record as domain
from meeting_pipeline.domain.document_html import to_html
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.exports import to_json, to_srt, to_transcript_json, to_vtt
from meeting_pipeline.domain.minutes import minutes, minutes_docx, minutes_markdown
from meeting_pipeline.installation import Installation

router = APIRouter(prefix="/v1/meetings", tags=["meetings"])
WithTranscript = Annotated[bool, Query(description="Append the transcript.")]
Download = Annotated[bool, Query(description="Send it as a download instead of showing it.")]

_SUBRIP: Final = "text/plain"
"""SubRip has no registered media type, and generators of clients refuse ``application/x-subrip``."""
_WORD: Final = {
    name: {"schema": {"type": "string", "format": "binary"}}
    for name in (document_docx.MEDIA_TYPE, "application/octet-stream")
}
"""The second one is never sent: generators of clients do not know the first, and read bytes because of the second."""
_KNOWN: Final[dict[str, str]] = {"_304": "Not modified: it matches `If-None-Match`."}
_MISSING: Final = {"_404": "No such recording, or it has no transcript (code `no_transcript`)."}


def _answers(content: str | dict[str, Any], **described: str) -> dict[int | str, dict[str, Any]]:
    """``content``: the media type of a text, or media types with their schemas."""
    kinds = {content: {"schema": {"type": "string"}}} if isinstance(content, str) else content
    shown: dict[int | str, dict[str, Any]] = {200: {"content": kinds}, 304: {"description": _KNOWN["_304"]}}
    return {**shown, **responses(**REFUSED, **described)}


@router.get(
    "/{recording_id}",
    operation_id="getMeeting",
    response_model=MeetingRecord,
    responses={304: {"description": _KNOWN["_304"]}, **responses(**REFUSED, **UNKNOWN)},
)
def get_meeting(
    request: Request, installation: Opened, _caller: Reader, key: Key, download: Download = False
) -> Response:
    """Get the whole record of a recording, finished or not: all fields of the webhook, and more."""
    record = record_for(installation.settings, installation.store.records.get(key))
    text = to_json(record, mark_unverified=installation.settings.mark_unverified)
    return document(request, text, "application/json", f"{key}.json", download=download)


@router.get(
    "/{recording_id}/minutes.md",
    operation_id="getMinutes",
    response_class=Response,
    responses=_answers("text/markdown", **_MISSING),
)
def get_minutes(
    request: Request,
    installation: Opened,
    _caller: Reader,
    key: Key,
    transcript: WithTranscript = False,
    download: Download = False,
) -> Response:
    """Get the minutes in Markdown. Spoken words are escaped, so they cannot become markup."""
    text = minutes_markdown(
        _transcribed(installation, key), with_transcript=transcript, remote=is_remote(installation.settings)
    )
    return document(request, text, "text/markdown", f"{key}.minutes.md", download=download)


@router.get(
    "/{recording_id}/minutes.html",
    operation_id="getMinutesHtml",
    response_class=Response,
    responses=_answers("text/html", **_MISSING),
)
def get_minutes_html(
    request: Request,
    installation: Opened,
    _caller: Reader,
    key: Key,
    transcript: WithTranscript = False,
    download: Download = False,
) -> Response:
    """Get the minutes as a fragment of HTML, without styles, scripts or links, for the clipboard and other documents."""
    blocks = minutes(
        _transcribed(installation, key), with_transcript=transcript, remote=is_remote(installation.settings)
    )
    return document(request, to_html(blocks), "text/html", f"{key}.minutes.html", download=download)


@router.get(
    "/{recording_id}/minutes.docx",
    operation_id="getMinutesDocx",
    response_class=Response,
    responses=_answers(_WORD, **_MISSING),
)
def get_minutes_docx(
    request: Request,
    installation: Opened,
    _caller: Reader,
    key: Key,
    transcript: WithTranscript = False,
    download: Download = False,
) -> Response:
    """Get the minutes as a Word document, with decisions and action items in tables."""
    body = minutes_docx(
        _transcribed(installation, key), with_transcript=transcript, remote=is_remote(installation.settings)
    )
    return document(request, body, document_docx.MEDIA_TYPE, f"{key}.minutes.docx", download=download)


@router.get(
    "/{recording_id}/due-dates.ics",
    operation_id="getDueDates",
    response_class=Response,
    responses=_answers(calendar.MEDIA_TYPE, _404="No such recording, or no open item has a date (`no_due_dates`)."),
)
def get_due_dates(
    request: Request, installation: Opened, _caller: Reader, key: Key, download: Download = False
) -> Response:
    """Get the due dates of open action items for a calendar. Importing it again updates the events."""
    text = due_calendar.to_ics(_transcribed(installation, key))
    return document(request, text, calendar.MEDIA_TYPE, f"{key}.due-dates.ics", download=download)


@router.get(
    "/{recording_id}/transcript.vtt",
    operation_id="getVtt",
    response_class=Response,
    responses=_answers("text/vtt", **_MISSING),
)
def get_vtt(request: Request, installation: Opened, _caller: Reader, key: Key, download: Download = False) -> Response:
    """Get the transcript as WebVTT, with a voice per cue."""
    text = to_vtt(_transcribed(installation, key))
    return document(request, text, "text/vtt", f"{key}.vtt", download=download)


@router.get(
    "/{recording_id}/transcript.srt",
    operation_id="getSrt",
    response_class=Response,
    responses=_answers(_SUBRIP, **_MISSING),
)
def get_srt(request: Request, installation: Opened, _caller: Reader, key: Key, download: Download = False) -> Response:
    """Get the transcript as SubRip, in UTF-8."""
    text = to_srt(_transcribed(installation, key))
    return document(request, text, _SUBRIP, f"{key}.srt", download=download)


@router.get(
    "/{recording_id}/transcript.json",
    operation_id="getTranscript",
    response_model=Transcript,
    responses={304: {"description": _KNOWN["_304"]}, **responses(**REFUSED, **_MISSING)},
)
def get_transcript(
    request: Request, installation: Opened, _caller: Reader, key: Key, download: Download = False
) -> Response:
    """Get the transcript as JSON: speakers and segments, without the rest of the record."""
    text = to_transcript_json(_transcribed(installation, key), mark_unverified=installation.settings.mark_unverified)
    return document(request, text, "application/json", f"{key}.transcript.json", download=download)


def _transcribed(installation: Installation, key: str) -> domain.MeetingRecord:
    record = installation.store.records.get(key)
    if record.transcript is None:
        raise PermanentError(
            "no_transcript",
            f"This recording has no transcript ({record.status.value}).",
            f"GET /v1/recordings/{key} shows its status.",
        )
    return record

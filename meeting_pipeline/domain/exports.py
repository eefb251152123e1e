"""Exports of a record for other programs: WebVTT and SRT subtitles, and JSON.

Belongs here: file formats that have their own rules, and the escaping each needs. Must not go here: minutes for people
(``minutes.py``), and the fields of the JSON (``record_json.py``).
"""

import html
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.record_json import meeting_fields, record_fields
from meeting_pipeline.domain.status_notes import notices
from meeting_pipeline.domain.text import one_line

_SRT_PLAIN = str.maketrans(
    {
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        "{": "(",
        "}": ")",
    }
)
"""SRT has no escapes, and players read ``<...>`` and ``{...}`` as styling. Look-alikes keep the text readable."""


@dataclass(frozen=True)
class _Cue:
    start_ms: int
    end_ms: int
    speaker: str
    text: str


def to_vtt(record: MeetingRecord) -> str:
    """WebVTT with a voice per cue. Notices about the record's status are NOTEs at the top.

    Source of the syntax: W3C WebVTT. Raises: PermanentError ``no_transcript``.
    """
    notes = [f"NOTE {_vtt(note)}" for note in (record.title, *notices(record))]
    cues = [
        f"{_stamp(cue.start_ms, '.')} --> {_stamp(cue.end_ms, '.')}\n<v {_vtt(cue.speaker)}>{_vtt(cue.text)}</v>"
        for cue in _cues(record)
    ]
    return "\n\n".join(["WEBVTT", *notes, *cues]) + "\n"


def to_srt(record: MeetingRecord) -> str:
    """SubRip. A draft is marked in the first cue, because the format has no comments.

    Raises: PermanentError ``no_transcript``.
    """
    cues = list(_cues(record))
    draft = "[Draft] " if record.draft else ""
    blocks = [
        f"{number}\n{_stamp(cue.start_ms, ',')} --> {_stamp(cue.end_ms, ',')}\n"
        f"{draft if number == 1 else ''}{_srt(cue.speaker)}: {_srt(cue.text)}\n"
        for number, cue in enumerate(cues, start=1)
    ]
    return "\n".join(blocks)


SUBTITLES: Final[Mapping[str, Callable[[MeetingRecord], str]]] = {"vtt": to_vtt, "srt": to_srt}
"""Formats of the transcript with times, by the ending of their files. Commands offer those that are listed here."""


def to_json(record: MeetingRecord, *, mark_unverified: bool = False) -> str:
    """The whole record as indented JSON, always encodable as UTF-8."""
    return _json(record_fields(record, mark_unverified=mark_unverified))


def to_transcript_json(record: MeetingRecord, *, mark_unverified: bool = False) -> str:
    """Speakers and segments as JSON, with the same fields as in the record. Raises: PermanentError ``no_transcript``."""
    if record.transcript is None:
        raise _no_transcript(record)
    fields = meeting_fields(record, mark_unverified=mark_unverified)
    names = ("title", "language", "duration_ms", "draft", "speakers", "segments")
    return _json({"recording_id": record.key, **{name: fields[name] for name in names}})


def _json(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")  # a provider's JSON can contain half of a surrogate pair


def _no_transcript(record: MeetingRecord) -> PermanentError:
    return PermanentError(
        "no_transcript",
        f"{record.key} has no transcript ({record.status.value}).",
        f"`meeting-pipeline show {record.key}` shows its status.",
    )


def _cues(record: MeetingRecord) -> Iterator[_Cue]:
    """One cue per segment that has text, ordered by start. No cue ends before it starts."""
    if record.transcript is None:
        raise _no_transcript(record)
    for segment in sorted(record.transcript.segments, key=lambda segment: segment.start_ms):
        text = one_line(segment.text)
        if text:
            start_ms = max(segment.start_ms, 0)
            name = one_line(record.speaker_name(segment.speaker)) or "Unknown"
            yield _Cue(start_ms, max(segment.end_ms, start_ms + 1), name, text)


def _stamp(ms: int, point: str) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"


def _vtt(text: str) -> str:
    return html.escape(one_line(text), quote=False)


def _srt(text: str) -> str:
    return one_line(text).translate(_SRT_PLAIN)

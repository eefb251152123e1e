"""Timed exports: WebVTT (Zoom, Teams, others) and SRT.

Belongs here: converting cues to lines. webvtt-py parses the file syntax; this module adds two things it lacks: several
``<v Name>`` in one cue, and entities.

Files are untrusted, so every pattern here runs in linear time on any input: repetitions are possessive or bounded
(``meeting_pipeline_tests/patterns``).
Must not go here: exports without times (``plain.py``), speaker names (``names.py``).
"""

import html
import io
import re
from typing import TYPE_CHECKING, Final

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.export_format import ExportFormat
from meeting_pipeline.providers.imported.lines import Export, Line
from meeting_pipeline.providers.imported.names import with_prefixed_speakers
from meeting_pipeline.providers.imported.text import bad_transcript, too_many_lines

if TYPE_CHECKING:
    from webvtt.models import Timestamp

_VOICE: Final = re.compile(r"<v(?:\.[^\s>]{0,200}+)?\s++([^>]{1,300}+)>")
_TAG: Final = re.compile(r"</?(?:v|c|i|b|u|lang|ruby|rt|font)(?:[.\s][^>]{0,500}+)?>|<\d[\d:.]{0,40}+>", re.IGNORECASE)
"""Cue tags of WebVTT (W3C, section 3.5) and ``<font>``, which SRT files contain. Any other ``<`` is text."""
_TIMING: Final = re.compile(r"^[^\S\n]*+[\d:.,]++[^\S\n]++-->[^\S\n]++[\d:.,]", re.MULTILINE)
_GUID_CUE: Final = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}", re.MULTILINE)
_BLANK_LINES: Final = re.compile(r"\n{3,}+")
_NO_CHARACTER: Final = re.compile(r"&#0*+[0-9]{8,}+;?")
"""A character reference with a number beyond Unicode. Python refuses to parse a number with thousands of digits."""
_ARROW: Final = "-->"


def is_timed(text: str) -> bool:
    """Whether the text is a WebVTT or SRT file, regardless of its name."""
    return text.startswith("WEBVTT") or _TIMING.search(text) is not None


def read_cues(text: str) -> Export:
    """Read WebVTT or SRT.

    Raises: IntakeRefused ``bad_transcript`` when no cue can be read, ``too_large`` when there are too many.
    """
    import webvtt
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    vtt = text.startswith("WEBVTT")
    announced = text.count(_ARROW)
    if announced > policies.MAX_TRANSCRIPT_LINES:
        raise too_many_lines()
    shorter = _BLANK_LINES.sub("\n\n", text.lstrip("\n"))  # the library creates an object per line
    try:
        captions = webvtt.from_buffer(io.StringIO(shorter), format="vtt" if vtt else "srt").captions
    except (MalformedCaptionError, MalformedFileError) as error:
        raise bad_transcript("The file has no readable cues.") from error
    if announced and not captions:
        raise bad_transcript(f"None of the {announced} cues of the file can be read.")
    lines: list[Line] = []
    for caption in captions:
        start_ms, end_ms = _milliseconds(caption.start_time), _milliseconds(caption.end_time)
        for speaker, words in _voices(caption.raw_text):
            lines.append(Line(speaker, start_ms, max(start_ms, end_ms), words))
    voiced = any(line.speaker for line in lines)
    named = tuple(lines) if voiced else with_prefixed_speakers(lines)
    lost = announced - len(captions)
    remarks = (f"{lost} of {announced} cues could not be read.",) if lost > 0 else ()
    kind = _kind(text, vtt, voiced, any(line.speaker for line in named))
    return Export(kind, named, remarks=remarks, by_time=kind == "teams-vtt")


def _kind(text: str, vtt: bool, voiced: bool, prefixed: bool) -> str:
    if not vtt:
        return "srt"
    if voiced or "NOTE Confidence:" in text or _GUID_CUE.search(text):
        return "teams-vtt"
    return "zoom-vtt" if prefixed else "vtt"


def _voices(raw: str) -> list[tuple[str | None, str]]:
    """Split a cue by its ``<v Name>`` tags; text before the first tag has no speaker."""
    pieces = _VOICE.split(raw)
    pairs: list[tuple[str | None, str]] = [(None, pieces[0])]
    pairs += [(_unescaped(name).strip(), words) for name, words in zip(pieces[1::2], pieces[2::2], strict=True)]
    cleaned = [(name, " ".join(_unescaped(_TAG.sub("", words)).split())) for name, words in pairs]
    return [(name, words) for name, words in cleaned if words]


def _unescaped(text: str) -> str:
    return html.unescape(_NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text))


def _milliseconds(stamp: "Timestamp") -> int:
    return ((stamp.hours * 60 + stamp.minutes) * 60 + stamp.seconds) * 1000 + int(stamp.milliseconds)


FORMAT: Final = ExportFormat(
    "cues",
    "WebVTT or SRT",
    score=lambda source: 0.9 if source.is_text and is_timed(source.text) else 0.0,
    read=lambda source: read_cues(source.text),
    timed=True,
)

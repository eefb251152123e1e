"""Timed exports: WebVTT (Zoom, Teams, others) and SRT.

Belongs here: cues to lines. The file syntax itself is webvtt-py's. Its two gaps are filled here: several
``<v Name>`` in a cue, and entities.
"""

import html
import io
import re
from typing import TYPE_CHECKING, Final

from meeting_pipeline.providers.imported.lines import Export, Line
from meeting_pipeline.providers.imported.names import with_prefixed_speakers
from meeting_pipeline.providers.imported.text import bad_transcript

if TYPE_CHECKING:
    from webvtt.models import Timestamp

_VOICE: Final = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG: Final = re.compile(r"</?(?:v|c|i|b|u|lang|ruby|rt|font)(?:[.\s][^>]*)?>|<\d[\d:.]*>", re.IGNORECASE)
"""Cue tags of WebVTT (W3C, section 3.5) and ``<font>``, which SRT files carry. Other ``<`` are text."""
_TIMING: Final = re.compile(r"^\s*[\d:.,]+\s+-->\s+[\d:.,]+", re.MULTILINE)
_GUID_CUE: Final = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}", re.MULTILINE)


def is_timed(text: str) -> bool:
    """Whether the text is a WebVTT or SRT file, whatever its name."""
    return text.startswith("WEBVTT") or _TIMING.search(text) is not None


def read_cues(text: str) -> Export:
    """Read WebVTT or SRT.

    Raises: IntakeRefused ``bad_transcript`` when no cue can be read.
    """
    import webvtt
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    vtt = text.startswith("WEBVTT")
    try:
        captions = webvtt.from_buffer(io.StringIO(text), format="vtt" if vtt else "srt").captions
    except (MalformedCaptionError, MalformedFileError) as error:
        raise bad_transcript("The file has no readable cues.") from error
    announced = len(re.findall(r"-->", text))
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
    return Export(_kind(text, vtt, voiced, any(line.speaker for line in named)), named, remarks=remarks)


def _kind(text: str, vtt: bool, voiced: bool, prefixed: bool) -> str:
    if not vtt:
        return "srt"
    if voiced or "NOTE Confidence:" in text or _GUID_CUE.search(text):
        return "teams-vtt"
    return "zoom-vtt" if prefixed else "vtt"


def _voices(raw: str) -> list[tuple[str | None, str]]:
    """The parts of a cue, each with its ``<v Name>``; text before the first one has no speaker."""
    pieces = _VOICE.split(raw)
    pairs: list[tuple[str | None, str]] = [(None, pieces[0])]
    pairs += [(html.unescape(name).strip(), words) for name, words in zip(pieces[1::2], pieces[2::2], strict=True)]
    cleaned = [(name, " ".join(html.unescape(_TAG.sub("", words)).split())) for name, words in pairs]
    return [(name, words) for name, words in cleaned if words]


def _milliseconds(stamp: "Timestamp") -> int:
    return ((stamp.hours * 60 + stamp.minutes) * 60 + stamp.seconds) * 1000 + int(stamp.milliseconds)

"""Decode the bytes of an export: encodings, line ends, and refusal of files that are not text.

Must not go here: the meaning of the text.
"""

import codecs
import re
from pathlib import Path

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.formats import transcript_too_large
from meeting_pipeline.providers import policies

_BINARY = re.compile("[\x00-\x08\x0e-\x1f]")


def read_bytes(path: Path) -> bytes:
    """Return the content of an export.

    Raises: IntakeRefused ``too_large``.
    """
    if path.stat().st_size > shared_policies.MAX_TRANSCRIPT_BYTES:
        raise transcript_too_large()
    return path.read_bytes()


def decoded_text(data: bytes) -> str:
    """Return text with Unix line ends. Accepts UTF-8, UTF-16 with or without BOM, and Windows-1252.

    Raises: IntakeRefused ``bad_transcript`` (binary), ``empty_transcript``.
    """
    text = _decoded(data)
    if _BINARY.search(text):
        raise bad_transcript("The file is not text.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise empty_transcript()
    return text


def bad_transcript(message: str) -> IntakeRefused:
    """Return the refusal of a file that is not a transcript export."""
    return IntakeRefused(
        "bad_transcript", message, "Export the transcript again, as VTT, SRT or plain text, and submit that file."
    )


def too_many_lines() -> IntakeRefused:
    """Return the refusal of an export with more cues or paragraphs than a meeting has."""
    return IntakeRefused(
        "too_large",
        f"The transcript has more than {policies.MAX_TRANSCRIPT_LINES:,} cues or lines.",
        "Check that this is the right file; split it if it is.",
    )


def empty_transcript() -> IntakeRefused:
    """Return the refusal of an export without any speech."""
    return IntakeRefused(
        "empty_transcript",
        "The transcript has no text.",
        "Check that transcription was on during the meeting, and export it again.",
    )


def _decoded(raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    # Latin text in UTF-16 has a zero in every other byte.
    if len(raw) >= 4 and raw[1::2].count(0) > len(raw) // 4:
        return raw.decode("utf-16-le", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")

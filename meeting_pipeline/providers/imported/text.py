"""Turn the bytes of an export into text: line ends, and refusal of files that are not text.

Must not go here: encodings (``encodings.py``), the meaning of the text.
"""

import re
from pathlib import Path
from typing import Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.formats import transcript_too_large
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.encodings import CONTROL_SHARE, Decoded, decoded, not_text

_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f]")
"""As in WebVTT, a zero is shown as a replacement character. Other control characters are not part of any word."""


def read_bytes(path: Path) -> bytes:
    """Return the content of an export.

    Raises: IntakeRefused ``too_large``.
    """
    if path.stat().st_size > shared_policies.MAX_TRANSCRIPT_BYTES:
        raise transcript_too_large()
    return path.read_bytes()


def decoded_text(data: bytes) -> Decoded:
    """Return text with Unix line ends. Accepts Unicode, and what ``encodings.py`` recognises.

    Raises: IntakeRefused ``bad_transcript`` (binary, or an unknown encoding), ``empty_transcript``.
    """
    found = decoded(data)
    text = found.text
    if _CONTROLS.search(text):
        if len(_CONTROLS.findall(text)) > 1 + len(text) * CONTROL_SHARE:
            raise not_text()
        text = _CONTROLS.sub(" ", text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise empty_transcript()
    return Decoded(text, found.remark)


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

"""The file kinds that are taken, by extension and by what is really inside.

Add a format here, and a file of it to the tests of ``inspection.py``. Must not go here: opening or decoding.
"""

from pathlib import Path
from typing import Final

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused

MEDIA_SUFFIXES: Final = frozenset(
    {".wav", ".mp3", ".m4a", ".mp4", ".webm", ".ogg", ".oga", ".opus", ".flac", ".mov", ".mkv", ".aac"}
)
"""Extensions that announce a recording. What a file really is, is decided by its content."""

TRANSCRIPT_SUFFIXES: Final = frozenset({".vtt", ".srt", ".txt"})
"""Extensions that announce a transcript export."""

CONTAINERS: Final = ("wav", "mp3", "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "ogg", "flac", "aac")
"""FFmpeg's names of the demuxers that may run. All of them read one file and nothing else. Playlists
(ffconcat, HLS, DASH) and image patterns, which open other files, are not among them."""

_TYPES: Final = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "aac": "audio/aac",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "mov": "video/mp4",
    "webm": "video/webm",
    "matroska": "video/webm",
}
"""Media types by container, as inspection names it. Those of video play sound alone too, in browsers as elsewhere."""


def media_type(container: str | None) -> str:
    """The media type to serve a recording under: one of sound or video, whatever its name says; else plain bytes."""
    return _TYPES.get(container or "", "application/octet-stream")


def is_media(path: Path) -> bool:
    """Whether the name announces a recording."""
    return path.suffix.lower() in MEDIA_SUFFIXES


def is_transcript(path: Path) -> bool:
    """Whether the name announces a transcript export."""
    return path.suffix.lower() in TRANSCRIPT_SUFFIXES


def too_large() -> IntakeRefused:
    """The refusal of a file above ``policies.MAX_RECORDING_BYTES``."""
    return IntakeRefused(
        "too_large",
        f"The file is larger than {policies.MAX_RECORDING_BYTES / 1024**3:.0f} GB.",
        "Export the sound alone (M4A or MP3), or split the recording.",
    )


def transcript_too_large() -> IntakeRefused:
    """The refusal of a transcript export above ``policies.MAX_TRANSCRIPT_BYTES``."""
    return IntakeRefused(
        "too_large",
        f"The transcript export is larger than {policies.MAX_TRANSCRIPT_BYTES // 1024**2} MB.",
        "Check that this is the right file, and export the text alone; split it if it is.",
    )

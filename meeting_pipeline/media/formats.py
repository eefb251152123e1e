"""The accepted file formats, by extension and by actual content.

Add a format here, and a file of it to the tests of ``inspection.py``. Must not go here: opening or decoding.
"""

from pathlib import PurePath
from typing import Final

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused

MEDIA_SUFFIXES: Final = frozenset(
    (
        *(".wav", ".mp3", ".m4a", ".mp4", ".webm", ".ogg", ".oga", ".opus", ".flac", ".mov", ".mkv", ".aac"),
        *(".m4b", ".m4v", ".mka", ".weba", ".mp2", ".mpga"),  # the same containers under other names
        *(".3gp", ".3g2", ".amr", ".awb"),  # telephones
        *(".wma", ".wmv", ".asf", ".avi"),  # Windows
        *(".aif", ".aiff", ".aifc", ".caf"),  # Apple
        *(".au", ".w64"),  # studios
        *(".ts", ".mts", ".m2ts"),  # cameras, and pieces of streams
    )
)
"""Extensions of recordings. The content decides what a file really is."""

TRANSCRIPT_SUFFIXES: Final = frozenset(
    (
        *(".vtt", ".srt", ".sbv", ".ttml", ".dfxp", ".srv1", ".srv3", ".ass", ".ssa", ".lrc"),  # captions
        *(".json", ".jsonl", ".tsv", ".csv", ".stm", ".ctm", ".xml"),  # data
        *(".docx", ".odt", ".rtf", ".txt", ".md", ".html", ".htm"),  # documents and text
    )
)
"""Extensions of transcript exports."""
USUAL_TRANSCRIPTS: Final = ".vtt, .srt, .txt, .json, .tsv, .csv, .sbv, .ttml, .docx, .odt, .rtf, .md"
"""Those that messages name."""

PLAYED_CONTAINERS: Final = ("wav", "mp3", "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "ogg", "flac", "aac")
"""FFmpeg's names of the demuxers of files that browsers play and providers take."""

CONTAINERS: Final = (*PLAYED_CONTAINERS, "amr", "aiff", "caf", "asf", "avi", "au", "w64", "mpegts")
"""The allowed demuxers. Each reads only the one file. Playlists (ffconcat, HLS, DASH), image patterns and RTP descriptions,
which open other files or addresses, are excluded."""

PLAYED_CODECS: Final = ("pcm_", "mp3", "aac", "opus", "vorbis", "flac", "alac")
"""Codecs, or beginnings of their names, that browsers play and providers take."""

PREPARED_FILE: Final = "prepared.flac"
"""Name of the prepared copy in a recording's folder."""

_TYPES: Final = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "aiff": "audio/aiff",
    "caf": "audio/x-caf",
    "au": "audio/basic",
    "asf": "video/x-ms-asf",
    "avi": "video/x-msvideo",
    "mpegts": "video/mp2t",
    "3gp": "video/3gpp",
    "3g2": "video/3gpp2",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "mov": "video/mp4",
    "webm": "video/webm",
    "matroska": "video/webm",
}
"""Media types by the container name that inspection reports. Players accept video types for audio-only files too."""


def media_type(container: str | None) -> str:
    """The media type for serving a recording: an audio or video type, independent of its name; otherwise plain bytes."""
    return _TYPES.get(container or "", "application/octet-stream")


def is_media(path: PurePath) -> bool:
    """Whether the file name is that of a recording."""
    return path.suffix.lower() in MEDIA_SUFFIXES


def is_transcript(path: PurePath) -> bool:
    """Whether the file name is that of a transcript export."""
    return path.suffix.lower() in TRANSCRIPT_SUFFIXES


def too_large() -> IntakeRefused:
    """The error for a file larger than ``policies.MAX_RECORDING_BYTES``."""
    return IntakeRefused(
        "too_large",
        f"The file is larger than {policies.MAX_RECORDING_BYTES / 1024**3:.0f} GB.",
        "Export the sound alone (M4A or MP3), or split the recording.",
    )


def transcript_too_large() -> IntakeRefused:
    """The error for a transcript export larger than ``policies.MAX_TRANSCRIPT_BYTES``."""
    return IntakeRefused(
        "too_large",
        f"The transcript export is larger than {policies.MAX_TRANSCRIPT_BYTES // 1024**2} MB.",
        "Check that this is the right file, and export the text alone; split it if it is.",
    )

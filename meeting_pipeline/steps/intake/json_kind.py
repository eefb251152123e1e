"""Whether a ``.json`` file of the drop folder is a sidecar or a transcript, by the keys of its outermost object.

Only the beginning is looked at, and nothing is parsed: the strict reading of either happens in a sandbox. Must not go here:
which keys a sidecar may have (``domain/sidecar_options.py``), the formats of transcripts (``providers/imported/formats``).
"""

import codecs
import os
import re
import stat
from functools import lru_cache
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.steps.intake.settling import State, state_of

LOOKED_AT: Final = 64 * 1024
"""Bytes that are looked at. A sidecar with a thousand key terms has some 20 KB; transcripts name themselves early."""
LARGEST_SIDECAR: Final = 256 * 1024
"""Bytes of a sidecar: far above one with a thousand key terms. What is larger is a transcript."""
TRANSCRIPT_KEYS: Final = frozenset(
    [
        "segments",
        "words",
        "utterances",
        "results",
        "transcription",
        "transcripts",
        "transcript",
        "text",
        "chunks",
        "monologues",
        "word_segments",
        "recording_id",
        "meeting",
        "sentences",
        "jobName",
        "audio_url",
        "recognizedPhrases",
        "combinedRecognizedPhrases",
        "phrases",
        "combinedPhrases",
        "Transcript",
        "callTranscripts",
        "transcriptEntries",
        "speaker_blocks",
        "speech",
        "tokens",
        "wireMagic",
        "videos",
        "paragraphs",
    ]
)
"""Outermost keys of transcripts in JSON by Whisper and its relatives, services, meeting programs, podcasts, and of our own.
A sidecar has none of them."""
_SIDECAR_KEYS: Final = frozenset(SidecarOptions.model_fields)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\]:]', re.DOTALL)
"""A string that is not closed ends with the text, so that each character is read once."""


def is_sidecar(path: Path) -> bool:
    """Whether to read the file as a sidecar. An unreadable file is read as one: that shows the problem."""
    try:
        state = state_of(path)
    except OSError:
        return True
    return _is_sidecar(str(path), state)


@lru_cache(maxsize=4096)
def _is_sidecar(path: str, _state: State) -> bool:
    """Remembered until the file changes: every look at the drop folder asks."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return True
        if status.st_size > LARGEST_SIDECAR:
            return False
        start = os.read(descriptor, LOOKED_AT)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return not begins_transcript(start)


def begins_transcript(start: bytes) -> bool:
    """Whether a file that begins with these bytes, at most ``LOOKED_AT``, is a transcript and no sidecar."""
    encoding = "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    return _is_transcript(start.decode(encoding, errors="replace"))


def _is_transcript(start: str) -> bool:
    """Whether the text begins a list of objects, an object with a key of ``TRANSCRIPT_KEYS``, or a wrapper around others.

    A wrapper has no key of a sidecar, but objects in its values: ``{"data": {"transcript": ...}}``.
    """
    if start.lstrip().startswith("["):
        return "{" in start
    depth = 0
    last = ""
    ours = wraps = False
    for found in _TOKEN.finditer(start):
        part = found[0]
        if part in ("{", "["):
            depth += 1
            wraps = wraps or (depth > 1 and part == "{")
        elif part in ("}", "]"):
            depth -= 1
        elif part == ":" and depth == 1 and last.strip('"') in TRANSCRIPT_KEYS:
            return True
        elif part == ":" and depth == 1:
            ours = ours or last.strip('"') in _SIDECAR_KEYS
        last = part
    return wraps and not ours

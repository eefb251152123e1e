"""``Case``: a file, and the cues that a reader finds in it.

Must not go here: the cases themselves (one module per part of the standard).
"""

from dataclasses import dataclass

Cue = tuple[int, int, str | None, str]
"""Start and end in ms, speaker, text on one line."""


@dataclass(frozen=True)
class Case:
    """One file.

    Attributes:
        name: what is special about it.
        file: its content.
        cues: what must be read.
        differs: why this is not what the standard says. Each difference keeps words, or a speaker, that the standard drops.
    """

    name: str
    file: str | bytes
    cues: tuple[Cue, ...]
    differs: str = ""


def one(text: str, speaker: str | None = None, start: int = 0, end: int = 1000) -> tuple[Cue, ...]:
    """A single cue from 0 to 1 s."""
    return ((start, end, speaker, text),)


def said(payload: str) -> str:
    """A file with this payload in a cue from 0 to 1 s."""
    return f"WEBVTT\n\n00:00.000 --> 00:01.000\n{payload}\n"


def timed(row: str, text: str = "text") -> str:
    """A file with this timing row."""
    return f"WEBVTT\n\n{row}\n{text}\n"

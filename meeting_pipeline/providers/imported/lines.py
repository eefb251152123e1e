"""``Line``: what every reader of an export gives. Shared by the readers and by ``build_transcript.py``."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One cue or paragraph of an export.

    Attributes:
        speaker: the name as exported; ``None`` where the export does not say.
        start_ms: start from the beginning of the meeting; ``None`` where the export has no time.
        end_ms: end; ``None`` where the export has no time, or only a start.
        text: what was said, one line, entities resolved.
    """

    speaker: str | None
    start_ms: int | None
    end_ms: int | None
    text: str


@dataclass(frozen=True)
class Export:
    """A file as read.

    Attributes:
        kind: what made it, e.g. ``zoom-vtt``; becomes ``Provenance.model``.
        lines: in the order of the file.
        duration_ms: length of the meeting where the export gives it.
        remarks: what a reader of the result should know, each a sentence.
    """

    kind: str
    lines: tuple[Line, ...]
    duration_ms: int | None = None
    remarks: tuple[str, ...] = ()

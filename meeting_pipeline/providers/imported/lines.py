"""``Line``, the output of every reader of an export. Shared by the readers and ``build_transcript.py``.

Must not go here: reading (``formats/``).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One cue or paragraph of an export.

    Attributes:
        speaker: the name as exported; ``None`` if the export has none.
        start_ms: start from the beginning of the meeting; ``None`` if the export has no time.
        end_ms: end; ``None`` if the export has no time, or only a start.
        text: what was said, one line, entities resolved.
    """

    speaker: str | None
    start_ms: int | None
    end_ms: int | None
    text: str


@dataclass(frozen=True)
class Export:
    """The contents of an export.

    Attributes:
        kind: program and format, e.g. ``zoom-vtt``; becomes ``Provenance.model``.
        lines: in the order of the file.
        duration_ms: length of the meeting, if the export gives it.
        remarks: notes for readers of the result, each a sentence.
    """

    kind: str
    lines: tuple[Line, ...]
    duration_ms: int | None = None
    remarks: tuple[str, ...] = ()

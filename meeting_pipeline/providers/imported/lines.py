"""``Line``, the output of every reader of an export, and ``Export``. Shared by the readers and ``build_transcript.py``.

Must not go here: reading (``formats/``), counting words (``conservation.py``).
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
class LeftOut:
    """Words of an export that are not in its lines.

    Attributes:
        reason: in a few words, as people read it: ``head rows``, ``repeated captions``.
        text: the words as they are in the file.
        counted: whether somebody may miss them, so that they count in ``words_in``. ``False`` for words that the lines have
            anyway (a caption that is shown twice), and for what the format itself says is not talk (a comment).
    """

    reason: str
    text: str
    counted: bool = True


@dataclass(frozen=True)
class Export:
    """The contents of an export.

    Attributes:
        kind: program and format, e.g. ``zoom-vtt``; becomes ``Provenance.model``.
        lines: in the order of the file.
        duration_ms: length of the meeting, if the export gives it.
        remarks: notes for readers of the result, each a sentence.
        left_out: words of the file that are not in ``lines``, with the reason.
        structure: words of the file that belong to the format and not to the talk: a heading ``Transcript``, ``AM``. Clock
            times and names of speakers are known to be structure and need not be listed.
        said: the talk of the file as one text, with what is ``left_out``, where that is not ``Source.text`` without its
            structure: a DOCX or JSON file, or a format that separates the two better than counting can.
        draft: whether the export says that it is a draft.
        whole: whether each line is a whole utterance already. Otherwise, short lines of one speaker are joined.
        by_time: whether lines may be out of order and are sorted by their start. Otherwise, the order of the file is kept,
            and a clock that starts again continues where it stopped.
        language: the code of the language, if the export gives it.
    """

    kind: str
    lines: tuple[Line, ...]
    duration_ms: int | None = None
    remarks: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    structure: tuple[str, ...] = ()
    said: str | None = None
    draft: bool = False
    whole: bool = False
    by_time: bool = False
    language: str | None = None

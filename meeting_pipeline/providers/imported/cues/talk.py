"""The talk of a file of cues: its pieces in order, and how it names its speakers.

Must not go here: parsing (``blocks.py``, ``payload.py``), the marks of one program (``formats/``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.cues.blocks import CueFile
from meeting_pipeline.providers.imported.cues.payload import marked_text, pieces

DRAFT_MARK: Final = "[Draft] "
"""What our own SRT export puts before the first cue of a draft."""


class Naming(StrEnum):
    """How a file names its speakers."""

    NONE = "none"
    VOICES = "voices"
    """``<v Ana>``."""
    IDENTIFIERS = "identifiers"
    """In the row above the times."""
    PREFIXES = "prefixes"
    """``Ana: words``."""
    ROWS = "rows"
    """In a row of their own above the words."""
    BRACKETS = "brackets"
    """``[Ana]: words``, ``(Ana) words``."""


@dataclass(frozen=True)
class Spoken:
    """One voice of one cue. ``start_ms``: ``None`` where the timing row is damaged.

    Attributes:
        cue: the place of its cue in the file.
        rows: its text, in the rows of the file, without markup.
        speaker: as the file names it; ``None`` if it does not.
        changes: whether somebody else begins to speak here, whom the file does not name (``>>``).
        marked: its text with the mark of the word that is being said (``<u>morning</u>``), if it has one.
    """

    cue: int
    start_ms: int | None
    end_ms: int | None
    rows: tuple[str, ...]
    speaker: str | None = None
    changes: bool = False
    marked: str = ""

    @property
    def text(self) -> str:
        """The text on one line."""
        return " ".join(self.rows)


@dataclass(frozen=True)
class Talk:
    """All pieces of a file, in its order, with their speakers.

    Attributes:
        naming: how the file names its speakers.
        only_changes: whether it names them only where the speaker changes.
        chevrons: whether it marks changes by ``>>``.
        draft: whether it has our own mark of a draft.
    """

    spoken: tuple[Spoken, ...]
    naming: Naming = Naming.NONE
    only_changes: bool = False
    chevrons: bool = False
    draft: bool = False


def spoken_pieces(file: CueFile) -> tuple[list[Spoken], bool]:
    """The pieces of a file before names are looked for in the text, and whether it has the mark of a draft.

    At most one more than a meeting has: the file is refused then.
    """
    every = (
        Spoken(place, cue.times.start_ms, cue.times.end_ms, piece.rows, piece.voice, marked=marked_text(cue.rows))
        for place, cue in enumerate(file.cues)
        for piece in pieces(cue.rows)
    )
    found = list(islice(every, policies.MAX_TRANSCRIPT_LINES + 1))
    if not found or not found[0].rows[0].startswith(DRAFT_MARK):
        return found, False
    first = found[0]
    rows = (first.rows[0].removeprefix(DRAFT_MARK).lstrip(), *first.rows[1:])
    return [replace_rows(first, rows), *found[1:]], True


def replace_rows(piece: Spoken, rows: Sequence[str]) -> Spoken:
    """The same piece with another text."""
    return Spoken(piece.cue, piece.start_ms, piece.end_ms, tuple(rows), piece.speaker, piece.changes)


def said_by(piece: Spoken, rows: Sequence[str], speaker: str | None, *, changes: bool) -> Spoken:
    """A part of a piece, with its speaker. ``dataclasses.replace`` takes ten times as long."""
    return Spoken(piece.cue, piece.start_ms, piece.end_ms, tuple(rows), speaker, changes)

"""The parts of a transcript that get one vector each: windows of consecutive segments that overlap a little.

A segment alone ("Yes, by Friday.") says too little, and a whole meeting too much. Names are left out, so a window means the same
after a speaker is renamed. Must not go here: making vectors (``providers/``), storing them (``store/search/``).
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.transcript import Segment

WINDOW_WORDS: Final = 160
"""About a minute. Small models read only the first 256 tokens of a text."""
OVERLAP_WORDS: Final = 40
"""Words that a window shares with the one before: what is said across the border is in one of them."""
_PIECE_CHARACTERS: Final = 800
"""A longer segment is cut into pieces of this length: an imported transcript may be one line."""
_CHARACTERS_PER_WORD: Final = 8
"""Text without spaces counts as words of this length."""


@dataclass(frozen=True)
class EmbeddingWindow:
    """Segments ``first`` to ``last`` (indexes); the text begins with character ``start`` of the first."""

    first: int
    last: int
    start: int
    text: str

    @property
    def digest(self) -> str:
        """Identifies the text."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True)
class _Piece:
    index: int
    start: int
    text: str
    size: int
    """In words."""


def windows_of(segments: Iterable[Segment]) -> list[EmbeddingWindow]:
    """The windows, in order."""
    return list(_windows(segments))


def digest_of(windows: Sequence[EmbeddingWindow]) -> str:
    """Identifies all windows of a meeting; also that there are none."""
    parts = (f"{one.first}-{one.last}-{one.start}-{one.digest}" for one in windows)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _windows(segments: Iterable[Segment]) -> Iterator[EmbeddingWindow]:
    current: list[_Piece] = []
    is_new = False
    for piece in (piece for segment in segments for piece in _pieces(segment)):
        if is_new and _size(current) + piece.size > WINDOW_WORDS:
            yield _window(current)
            current, is_new = _overlap(current, min(OVERLAP_WORDS, WINDOW_WORDS - piece.size)), False
        current.append(piece)
        is_new = True
    if is_new:
        yield _window(current)


def _size(pieces: Iterable[_Piece]) -> int:
    return sum(piece.size for piece in pieces)


def _overlap(pieces: Sequence[_Piece], room: int) -> list[_Piece]:
    kept: list[_Piece] = []
    for piece in reversed(pieces):
        room -= piece.size
        if room < 0:
            break
        kept.insert(0, piece)
    return kept


def _window(pieces: Sequence[_Piece]) -> EmbeddingWindow:
    text = " ".join(piece.text.strip() for piece in pieces)
    return EmbeddingWindow(pieces[0].index, pieces[-1].index, pieces[0].start, text)


def _pieces(segment: Segment) -> Iterator[_Piece]:
    """The segment in pieces, without those that are blank."""
    text, start = segment.text, 0
    while start < len(text):
        end = min(start + _PIECE_CHARACTERS, len(text))
        if end < len(text):
            space = text.rfind(" ", start + _PIECE_CHARACTERS // 2, end)
            end = space + 1 if space >= 0 else end
        if text[start:end].strip():
            part = text[start:end]
            yield _Piece(segment.index, start, part, max(part.count(" ") + 1, len(part) // _CHARACTERS_PER_WORD))
        start = end

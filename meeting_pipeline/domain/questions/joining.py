"""Joins windows that have the words of a question with windows of a similar meaning.

Within one meeting both orders count the same. Over many meetings, words choose: most places are theirs, in their order, and a few
of the last ones go to meaning. Measured: see ``docs/adr/0072-passages-without-embeddings.md``. Must not go here: either order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.questions.windows import Window

_K: Final = 60
"""The constant of reciprocal rank fusion: see ``store/search/fusing.py``."""
_BY_MEANING: Final = 0.3
"""The share of places that goes to meaning over many meetings."""


@dataclass(frozen=True)
class Placed:
    """A window of a meeting, by the number of the meeting."""

    meeting: int
    window: Window

    def overlaps(self, other: "Placed") -> bool:
        """Whether both have a segment in common."""
        return (
            self.meeting == other.meeting
            and self.window.first <= other.window.last
            and self.window.last >= other.window.first
        )


def joined(by_words: Sequence[Placed], by_meaning: Sequence[Placed], most: int) -> list[Placed]:
    """At most so many windows that do not overlap, best first. Both orders are given best first."""
    if len({one.meeting for one in (*by_words, *by_meaning)}) <= 1:
        return _fused(by_words, by_meaning)[:most]
    others = [one for one in by_meaning if not any(one.overlaps(other) for other in by_words[:most])]
    room = most - min(len(others), int(most * _BY_MEANING))
    return [*by_words[:room], *others, *by_words[room:]][:most]


def _fused(by_words: Sequence[Placed], by_meaning: Sequence[Placed]) -> list[Placed]:
    """By both ranks. Of two that overlap, the one with the words is shown."""
    scores = {one: 1.0 / (_K + rank) for rank, one in enumerate(by_words, start=1)}
    for rank, one in enumerate(by_meaning, start=1):
        same = next((other for other in scores if other.overlaps(one)), one)
        scores[same] = scores.get(same, 0.0) + 1.0 / (_K + rank)
    return sorted(scores, key=lambda one: -scores[one])

"""Ranks windows by the words of a question and by their meaning together.

Words choose, and meaning is a second opinion on each window: how much more similar to the question it is than an average window.
Both are scores, because ranks do not show how much better the best window is. Measured:
``docs/adr/0086-meaning-as-a-second-opinion.md``.
Must not go here: either score.
"""

import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from meeting_pipeline.domain.questions.windows import Window

_MEANING: Final = 0.15
"""What one standard deviation of likeness counts for, compared with the words of the best window."""
_KEPT: Final = 1
"""Places for what is most alike, whatever words it has: somebody may have said it all in other words."""


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


def joined(
    by_words: Sequence[Placed], by_meaning: Sequence[Placed], alike: Mapping[int, Sequence[Window]], most: int
) -> list[Placed]:
    """At most ``most`` windows that do not overlap, best first, each with the score of both.

    ``by_meaning``: what is most alike, best first; ``alike``: all windows of each meeting in order, with their likeness. A
    meeting without any is neither preferred nor put at a disadvantage.
    """
    likeness = _Likeness(alike)
    top = max((one.window.score for one in by_words), default=0.0) or 1.0
    scored = [_with(one, one.window.score / top + _MEANING * likeness.of(one)) for one in by_words]
    there: dict[int, list[Placed]] = {}
    for one in by_words:
        there.setdefault(one.meeting, []).append(one)
    others = [one for one in by_meaning if not any(one.overlaps(other) for other in there.get(one.meeting, ()))]
    scored += [_with(one, _MEANING * likeness.of(one)) for one in others]
    best = sorted(scored, key=lambda one: -one.window.score)[:most]
    lacking = [one for one in by_meaning[:_KEPT] if not any(one.overlaps(other) for other in best)]
    kept = [_with(one, min(_MEANING * likeness.of(one), best[-1].window.score)) for one in lacking]
    return [*best[: most - len(kept)], *kept]


def _with(one: Placed, score: float) -> Placed:
    return replace(one, window=replace(one.window, score=score))


class _Likeness:
    """How much more like the question a window is than usual, in standard deviations over all windows that were read."""

    def __init__(self, alike: Mapping[int, Sequence[Window]]) -> None:
        self._windows = alike
        self._firsts = {meeting: [one.first for one in some] for meeting, some in alike.items()}
        self._lasts = {meeting: [one.last for one in some] for meeting, some in alike.items()}
        scores = [one.score for some in alike.values() for one in some]
        self._usual = statistics.fmean(scores) if scores else 0.0
        self._spread = statistics.pstdev(scores) if scores else 0.0

    def of(self, placed: Placed) -> float:
        """That of the most alike window that it has a segment of; 0 if none is known."""
        windows = self._windows.get(placed.meeting, ())
        if not windows or not self._spread:
            return 0.0
        begin = bisect_left(self._lasts[placed.meeting], placed.window.first)
        end = bisect_right(self._firsts[placed.meeting], placed.window.last)
        return (max((one.score for one in windows[begin:end]), default=self._usual) - self._usual) / self._spread

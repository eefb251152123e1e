"""Sums over runs of a meeting's segments: how often each word of a question is there, who speaks, which windows there are.

Everything is a difference of sums from the beginning, for all windows of a meeting at once: a question reads thousands of them.
Must not go here: what the sums are worth (``windows.py``), which words of a question are in a line (``line_matching.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from meeting_pipeline.domain.questions.line_matching import LineMatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Places = NDArray[np.int64]

WINDOW_WORDS: Final = 120
"""Words of a window: about a minute, the length of an answer with what led to it."""
WINDOW_SEGMENTS: Final = 16
"""Segments of a window: of short ones ("Yeah.") more say nothing."""


class WindowSums:
    """The windows of one meeting: from each segment on, as many as fit. ``firsts`` and ``lasts``: their places, both included."""

    def __init__(self, texts: Sequence[LineMatch], words: int) -> None:
        """``words``: of the question."""
        self.firsts, self.lasts = _windows([text.words for text in texts])
        self._sums = _from_beginning([text.found for text in texts], words)

    def of_windows(self, reach: int = 0) -> "Numbers":
        """Window and word -> how often the word is in the window, or within ``reach`` segments of it."""
        import numpy as np

        end = len(self._sums) - 1
        inside: Numbers = (
            self._sums[np.minimum(self.lasts + reach + 1, end)] - self._sums[np.maximum(self.firsts - reach, 0)]
        )
        return inside

    def of(self, values: Sequence[Mapping[int, float]], places: int) -> "Numbers":
        """Window and place -> the sum in it. ``values``: of each segment, by their places."""
        sums = _from_beginning(values, places)
        inside: Numbers = sums[self.lasts + 1] - sums[self.firsts]
        return inside

    def any_of(self, marks: Iterable[bool]) -> "Numbers":
        """Window -> 1 if a segment in it is marked, else 0."""
        import numpy as np

        sums = np.concatenate(([0], np.cumsum(np.fromiter(marks, dtype=np.int64))))
        there: Numbers = (sums[self.lasts + 1] > sums[self.firsts]).astype(np.float64)
        return there

    def most_of(self, values: Mapping[int, float]) -> "Numbers":
        """Window -> the highest value of a segment in it, at least 0."""
        import numpy as np

        most: Numbers = np.zeros(len(self.firsts))
        for at, value in values.items():
            begin, end = int(np.searchsorted(self.lasts, at)), int(np.searchsorted(self.firsts, at, side="right"))
            most[begin:end] = np.maximum(most[begin:end], value)
        return most


def _from_beginning(values: Sequence[Mapping[int, float]], places: int) -> "Numbers":
    import numpy as np

    sums: Numbers = np.zeros((len(values) + 1, places))
    for at, some in enumerate(values, 1):
        for place, value in some.items():
            sums[at, place] = value
    np.cumsum(sums, axis=0, out=sums)
    return sums


def _windows(words: Sequence[int]) -> tuple["Places", "Places"]:
    import numpy as np

    sums = np.concatenate(([0], np.cumsum(np.asarray(words, dtype=np.int64))))
    firsts: Places = np.arange(len(words), dtype=np.int64)
    fitting = np.searchsorted(sums, sums[:-1] + WINDOW_WORDS, side="right") - 2
    lasts: Places = np.clip(fitting, firsts, np.minimum(firsts + WINDOW_SEGMENTS - 1, len(words) - 1))
    return firsts, lasts

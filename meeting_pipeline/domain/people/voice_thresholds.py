"""How well voices distinguish people, and the similarity from which a pair is worth suggesting.

Must not go here: comparing voices (``voices.py``), reading them (``steps/voices/measuring.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from meeting_pipeline.domain.people.voices import Vectors


@dataclass(frozen=True)
class ThresholdRates:
    """What a threshold does, as shares.

    ``missed``: of the pairs of one person; ``false``: of the pairs of two people that it suggests; ``wrong``: of its suggestions.
    """

    threshold: float
    missed: float
    false: float
    wrong: float


@dataclass(frozen=True)
class ThresholdMeasurement:
    """How well voices tell people apart. ``best``: the lowest threshold with few wrong suggestions, if any has."""

    same: int
    different: int
    equal_error: float
    rows: tuple[ThresholdRates, ...]
    best: float | None


FEWEST_SAME: Final = 20
"""Pairs of one person in two meetings, from which on a threshold is proposed: with fewer, one person decides it."""
FEWEST_DIFFERENT: Final = 100
"""Pairs of two people from which on a threshold is proposed."""
WRONG_AT_MOST: Final = 0.05
"""Share of suggestions that may be wrong in the measurement: each costs somebody the time to listen."""
_THRESHOLDS: Final = tuple(number / 100 for number in range(20, 96, 5))
_FINE: Final = tuple(number / 100 for number in range(1, 100))


def measure_thresholds(same: Sequence[float], different: Sequence[float]) -> ThresholdMeasurement:
    """Measure with pairs of which it is known whether they are one person. Both must have some."""
    import numpy as np

    ours, theirs = np.sort(np.asarray(same)), np.sort(np.asarray(different))

    def row(threshold: float) -> ThresholdRates:
        found = len(ours) - int(np.searchsorted(ours, threshold))
        wrong = len(theirs) - int(np.searchsorted(theirs, threshold))
        shown = found + wrong
        return ThresholdRates(threshold, 1 - found / len(ours), wrong / len(theirs), wrong / shown if shown else 0.0)

    fine = [row(threshold) for threshold in _FINE]
    equal = min(fine, key=lambda one: abs(one.missed - one.false))
    enough = len(ours) >= FEWEST_SAME and len(theirs) >= FEWEST_DIFFERENT
    good = [one for one in fine if one.wrong <= WRONG_AT_MOST and one.missed < 1]
    return ThresholdMeasurement(
        len(ours), len(theirs), (equal.missed + equal.false) / 2, tuple(row(threshold) for threshold in _THRESHOLDS),
        good[0].threshold if enough and good else None,
    )  # fmt: skip


def labelled_similarities(
    vectors: "Vectors", people: Sequence[str], meetings: Sequence[str]
) -> tuple[list[float], list[float]]:
    """How alike the voices of one person in two meetings are, and those of two people anywhere."""
    import numpy as np

    same: list[float] = []
    different: list[float] = []
    who, where = np.asarray(people), np.asarray(meetings)
    for place in range(len(vectors) - 1):
        scores = vectors[place + 1 :] @ vectors[place]
        is_same = who[place + 1 :] == who[place]
        elsewhere = where[place + 1 :] != where[place]
        same += scores[is_same & elsewhere].tolist()
        different += scores[~is_same].tolist()
    return same, different

"""Combines two rankings of the same meetings: by words and by meaning.

Scores of words and of meaning cannot be compared, so only ranks count (reciprocal rank fusion: Cormack, Clarke, Buettcher, 2009).
Must not go here: either ranking.
"""

from collections.abc import Hashable, Sequence
from typing import Final, TypeVar

T = TypeVar("T", bound=Hashable)
_K: Final = 60
"""The constant of the paper: with it, the first of one order alone comes after what is among the best in both."""


def fused(*orders: Sequence[T]) -> dict[T, float]:
    """Thing -> score, best first; of equal ones, that of the earlier order first."""
    scores: dict[T, float] = {}
    for order in orders:
        for rank, one in enumerate(order, start=1):
            scores[one] = scores.get(one, 0.0) + 1.0 / (_K + rank)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))

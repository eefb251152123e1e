"""Joining what overlapping parts of one transcript gave, losing no item and showing none twice.

Belongs here: what the insights that are lists of statements share. Must not go here: what makes two items
alike in one insight beyond text and evidence.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from meeting_pipeline import policies
from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.models import Evidence

T = TypeVar("T")


def likeness(text: str, evidence: Evidence, other_text: str, other_evidence: Evidence) -> float:
    """How alike two statements are, 0..1: the share of common words; 0 if they rest on different segments."""
    if not set(evidence.segment_ids) & set(other_evidence.segment_ids):
        return 0.0
    mine, theirs = set(words_of(text)), set(words_of(other_text))
    return len(mine & theirs) / max(len(mine | theirs), 1)


def join(parts: Sequence[Sequence[T]], alike: Callable[[T, T], float], unite: Callable[[T, T], T]) -> tuple[T, ...]:
    """All items of all parts in order. Only what is alike is united.

    Inside a part items are united when they are the same; the model told them apart otherwise. Between parts
    each item is paired with at most one, the likest first, from ``policies.INSIGHT_SAME_LIKENESS`` up: two
    similar items of an overlap stay two.
    """
    kept: list[T] = []
    for part in parts:
        own: list[T] = []
        for item in part:
            twin = next((i for i, other in enumerate(own) if alike(item, other) >= 1.0), None)
            if twin is None:
                own.append(item)
            else:
                own[twin] = unite(own[twin], item)
        pairs = sorted(
            ((alike(new, old), i, j) for i, new in enumerate(own) for j, old in enumerate(kept)), reverse=True
        )
        matched: dict[int, int] = {}
        for score, i, j in pairs:
            if score >= policies.INSIGHT_SAME_LIKENESS and i not in matched and j not in matched.values():
                matched[i] = j
        for i, item in enumerate(own):
            if i in matched:
                kept[matched[i]] = unite(kept[matched[i]], item)
            else:
                kept.append(item)
    return tuple(kept)

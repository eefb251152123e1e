"""Joins the results of overlapping parts of one transcript, without losing or repeating an item.

Belongs here: code that all insights with lists of statements share. Must not go here: criteria of a single insight for equal
items, beyond text and evidence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.words import content_stems, tokens_of
from meeting_pipeline.insights import policies

T = TypeVar("T")


def likeness(text: str, evidence: Evidence, other_text: str, other_evidence: Evidence) -> float:
    """The similarity of two statements, 0..1: the share of common words; 0 if they are based on different segments."""
    if not set(evidence.segment_ids) & set(other_evidence.segment_ids):
        return 0.0
    mine, theirs = set(words_of(text)), set(words_of(other_text))
    return len(mine & theirs) / max(len(mine | theirs), 1)


@dataclass(frozen=True)
class Subject:
    """What a statement speaks of: its content words and its numbers. Read once where many statements are compared."""

    stems: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Subject":
        """The subject of this statement."""
        return cls(frozenset(content_stems(tokens_of(text))), frozenset(numbers_of(text)))

    def same_as(self, other: "Subject") -> bool:
        """Whether both speak of the same thing: most content words are shared, and all numbers."""
        shared = len(self.stems & other.stems) * 2 > min(len(self.stems), len(other.stems))
        return shared and self.numbers == other.numbers


def same_subject(text: str, other: str) -> bool:
    """Whether two statements about the same words speak of the same thing."""
    return Subject.of(text).same_as(Subject.of(other))


def join(parts: Sequence[Sequence[T]], alike: Callable[[T, T], float], unite: Callable[[T, T], T]) -> tuple[T, ...]:
    """All items of all parts in order. Only alike items are united.

    Within a part, items are united only if their likeness is 1; otherwise the model meant different items. Between parts,
    each item is paired with at most one other, best match first, if their likeness is at least
    ``policies.INSIGHT_SAME_LIKENESS``: two similar items of an overlap stay two. Parts that are too far apart to overlap are
    not compared, which saves time if there are many parts with many items.
    """
    kept: list[T] = []
    last_seen: list[int] = []
    for number, part in enumerate(parts):
        own: list[T] = []
        for item in part:
            twin = next((i for i, other in enumerate(own) if alike(item, other) >= 1.0), None)
            if twin is None:
                own.append(item)
            else:
                own[twin] = unite(own[twin], item)
        recent = [j for j, seen in enumerate(last_seen) if seen >= number - policies.INSIGHT_OVERLAP_SEGMENTS]
        matched = _matched(own, {j: kept[j] for j in recent}, alike)
        for i, item in enumerate(own):
            if i in matched:
                kept[matched[i]] = unite(kept[matched[i]], item)
                last_seen[matched[i]] = number
            else:
                kept.append(item)
                last_seen.append(number)
    return tuple(kept)


def _matched(own: Sequence[T], others: Mapping[int, T], alike: Callable[[T, T], float]) -> dict[int, int]:
    """Maps the index of each item of ``own`` to the index of its match in ``others``; items without a match are left out."""
    scores = ((alike(new, old), i, j) for i, new in enumerate(own) for j, old in others.items())
    pairs = sorted((pair for pair in scores if pair[0] >= policies.INSIGHT_SAME_LIKENESS), reverse=True)
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _score, i, j in pairs:
        if i not in matched and j not in taken:
            matched[i] = j
            taken.add(j)
    return matched

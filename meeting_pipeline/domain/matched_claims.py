"""Which claims of two versions of an insight are the same claim.

Claims are matched by their text and by their evidence, wherever they are: a different order is not a change. Each claim is
compared with a few others that share its rarest words, so the cost grows with the number of claims.
Must not go here: how two matching claims differ (``claim_changes.py``).
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Final

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.insight_results import SpeakerName
from meeting_pipeline.domain.judged_claims import JudgedClaim

_ALIKE: Final = 0.5
"""Claims with so much of their words in common (Jaccard) are one claim in other words; with less, people see two."""
_CANDIDATES: Final = 10
"""A claim is compared with at most this many others for each of its words."""
_RAREST: Final = 8
"""A claim finds others by this many of its words: those that the fewest others have."""

_Pairs = list[tuple[JudgedClaim, JudgedClaim]]


def matched_claims(
    old: Sequence[JudgedClaim], new: Sequence[JudgedClaim]
) -> tuple[_Pairs, list[JudgedClaim], list[JudgedClaim]]:
    """Pairs in the order of ``new``, then what is only in ``old``, then what is only in ``new``."""
    partner: dict[int, int] = {}
    left = dict(enumerate(old))
    keys: tuple[Callable[[JudgedClaim], Hashable], ...] = (
        lambda claim: (claim.part, repr(claim.value)),  # not as JSON: it may hold half of a UTF-16 pair
        lambda claim: (claim.part, claim.claim_id),
        _saying,
    )
    for key in keys:
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for i in reversed(left):
            waiting[key(left[i])].append(i)
        for j, claim in enumerate(new):
            if j not in partner and waiting.get(key(claim)):
                partner[j] = waiting[key(claim)].pop()
                del left[partner[j]]
    for i, j in _alike(left, {j: claim for j, claim in enumerate(new) if j not in partner}):
        partner[j] = i
        del left[i]
    pairs = [(old[partner[j]], claim) for j, claim in enumerate(new) if j in partner]
    return pairs, list(left.values()), [claim for j, claim in enumerate(new) if j not in partner]


def _saying(claim: JudgedClaim) -> Hashable:
    """What tells a claim apart if all else may differ: the label of a name, the words of anything else."""
    if isinstance(claim.value, SpeakerName):
        return claim.part, claim.value.label
    return claim.part, words_of(claim.text) or claim.text


def _alike(old: Mapping[int, JudgedClaim], new: Mapping[int, JudgedClaim]) -> Iterator[tuple[int, int]]:
    """Pairs of claims with most of their words in common, best first, each claim once."""
    old_words = {i: _words(claim) for i, claim in old.items()}
    new_words = {j: _words(claim) for j, claim in new.items()}
    having: dict[Hashable, list[int]] = defaultdict(list)
    for i, sides in old_words.items():
        for word in _places(old[i], sides):
            having[word].append(i)
    found: list[tuple[tuple[float, float], int, int]] = []
    for j, sides in new_words.items():
        words = [word for word in _places(new[j], sides) if word in having]
        rarest = heapq.nsmallest(_RAREST, words, key=lambda word: len(having[word]))
        for i in {i for word in rarest for i in having[word][:_CANDIDATES]}:
            most, less = _likeness(old_words[i], sides)
            if most >= _ALIKE:
                found.append(((-most, -less), j, i))
    taken_old, taken_new = set[int](), set[int]()
    for _, j, i in sorted(found):
        if i not in taken_old and j not in taken_new:
            taken_old.add(i)
            taken_new.add(j)
            yield i, j


_Words = tuple[Mapping[str, int], Mapping[str, int]]
"""The words by which a claim is known: of its text, and of its quote, which is what it is about however it is put."""


def _words(claim: JudgedClaim) -> _Words:
    quote = claim.evidence.quote if claim.evidence is not None else ""
    return Counter(words_of(claim.text)), Counter(words_of(quote))


def _places(claim: JudgedClaim, sides: _Words) -> Iterator[Hashable]:
    for side, words in enumerate(sides):
        for word in words:
            yield claim.part, side, word


def _likeness(old: _Words, new: _Words) -> tuple[float, float]:
    """The share of words that both have (Jaccard), 0..1, of texts and of quotes: the larger share first."""
    shares = []
    for one, other in zip(old, new, strict=True):
        both = sum(min(number, other[word]) for word, number in one.items() if word in other)
        whole = sum(one.values()) + sum(other.values()) - both
        shares.append(both / whole if whole else 0.0)
    return max(shares), min(shares)

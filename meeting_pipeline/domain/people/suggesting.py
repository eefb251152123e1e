"""Which people may be the same person: from their names, and from the meetings in which they appear. A person decides.

1. Two people who both spoke, or were both named as participants, in one meeting are different, whatever they are called.
2. Otherwise their names decide (``likeness.py``); some similarities count only in a common series, or if nobody else there fits.
Must not go here: comparing two names, storing what people decided.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from meeting_pipeline.domain.people.likeness import Likeness, LikenessReason, likeness, local_words
from meeting_pipeline.domain.people.name_lists import given_names_of
from meeting_pipeline.domain.people.names import Name, read_name

_LARGEST_GROUP: Final = 200
"""People with one word in common who are compared with each other; of more, only those who have another word in common too."""
_NAMES_COMPARED: Final = 20
"""Names of one person that are compared."""
_ORDER: Final = {reason: number for number, reason in enumerate(LikenessReason)}


@dataclass(frozen=True)
class Seen:
    """A person as seen in meetings: names as written, series, and the recordings they spoke in or were named for."""

    person_id: str
    names: tuple[str, ...]
    series: frozenset[str] = frozenset()
    spoke: frozenset[str] = frozenset()
    invited: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Suggestion:
    """Two people who may be one, the two names that say so, and a series that both were seen in, if that counted.

    ``similarity``: how alike their voices are, if they are compared and alike.
    """

    one: str
    other: str
    names: tuple[str, str]
    reason: LikenessReason
    series: str | None = None
    similarity: float | None = None

    def with_similarity(self, similarity: float | None) -> "Suggestion":
        """The same with how alike the voices are."""
        return replace(self, similarity=similarity)


@dataclass(frozen=True)
class _Read:
    seen: Seen
    names: tuple[Name, ...]


def suggestions(people: Iterable[Seen], apart: Collection[frozenset[str]] = ()) -> list[Suggestion]:
    """People who may be one, the surest first. ``apart``: pairs of ids that a person said are two people."""
    read = [_Read(one, tuple(read_name(name) for name in one.names[:_NAMES_COMPARED])) for one in people]
    members: dict[str, list[int]] = {}
    for number, one in enumerate(read):
        for seen_in in one.seen.series:
            members.setdefault(seen_in, []).append(number)
    found = []
    for a, b in sorted(_pairs(read)):
        one, other = read[a], read[b]
        if frozenset((one.seen.person_id, other.seen.person_id)) in apart or are_two(one.seen, other.seen):
            continue
        suggestion = _suggestion(one, other, read, members)
        if suggestion is not None:
            found.append(suggestion)
    return sorted(found, key=lambda one: (_ORDER[one.reason], one.names))


def are_two(one: Seen, other: Seen) -> bool:
    """Whether both took part in one meeting in the same way."""
    return not one.spoke.isdisjoint(other.spoke) or not one.invited.isdisjoint(other.invited)


def _pairs(people: Sequence[_Read]) -> set[tuple[int, int]]:
    """Pairs with something in common: nobody is compared with everybody."""
    groups: dict[str, list[int]] = {}
    for number, one in enumerate(people):
        for key in {key for name in one.names for key in _keys(name)}:
            groups.setdefault(key, []).append(number)
    return {
        (a, b)
        for group in groups.values()
        if len(group) <= _LARGEST_GROUP
        for at, a in enumerate(group)
        for b in group[at + 1 :]
    }


def _keys(name: Name) -> Iterator[str]:
    words = name.words or (local_words(name.address) if name.address else ())
    yield "".join(words)
    for word in words:
        if len(word) > 1:
            yield word
            yield from given_names_of(word)
    if len(words) > 1:
        first, last = words[0], words[-1]
        yield from (first[0] + last, last + first[0], first + last[0], first + last, last + first)
        yield f"initials {''.join(word[0] for word in words)}"
        yield " ".join(sorted((first, last)))


def _suggestion(one: _Read, other: _Read, people: Sequence[_Read], members: dict[str, list[int]]) -> Suggestion | None:
    found = _best(one, other)
    if found is None:
        return None
    like, first, second = found
    common = sorted(one.seen.series & other.seen.series)
    if like.series and not common:
        return None
    if like.alone:
        short, full = (one, other) if _letters(first) <= _letters(second) else (other, one)
        common = [series for series in common if _is_only_match(short, full, people, members[series])]
        if not common:
            return None
    ids = one.seen.person_id, other.seen.person_id
    return Suggestion(*ids, (first.text, second.text), like.reason, common[0] if common else None)


def _best(one: _Read, other: _Read) -> tuple[Likeness, Name, Name] | None:
    found = [(like, a, b) for a in one.names for b in other.names if (like := likeness(a, b)) is not None]
    return min(found, key=lambda each: (each[0].alone, each[0].series, _ORDER[each[0].reason]), default=None)


def _letters(name: Name) -> int:
    return len(name.joined)


def _is_only_match(short: _Read, full: _Read, people: Sequence[_Read], members: Iterable[int]) -> bool:
    """Whether nobody else of a series fits the shorter name."""
    for number in members:
        one = people[number]
        if one is short or one is full or are_two(short.seen, one.seen):
            continue
        if _best(short, one) is not None:
            return False
    return True

"""What each number counts: "120 of 300 invoices" and "300 of 120 invoices" have the same numbers but different meanings.

Belongs here: the words around numbers, and comparing them. Must not go here: reading numbers (``numbers.py``), numbers
that nobody said (``support.py``).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from meeting_pipeline.domain.verification.numbers import is_number, number_tokens, numbers_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import TIME_WORDS
from meeting_pipeline.domain.verification.words import MARKS, Sentence, content_stems, sentences_of
from meeting_pipeline.domain.word_sets import word_set

_ENDS: Final = MARKS | {"and", "but", "or", "while", "whereas", "versus", "then"}
_ROLES: Final = word_set("of from to by than over under above below per for at until till since")
"""Words before a number that tell its part: "from 10 to 20"."""
_DETERMINERS: Final = frozenset(("the", "our", "all", "about", "a", "those", "these"))
_UNIT_STEMS: Final = frozenset(
    stem(word) for word in word_set("$ € £ % percent dollar euro pound grand last next")
) | frozenset(stem(word) for word in TIME_WORDS)
_LONGEST: Final = 60
"""Numbers of one text that are compared with each other."""


def swapped(text: str, own: Sequence[Sentence], near: Sequence[Sentence], free: Collection[str]) -> bool:
    """Whether a number of the claim counts what another number counts in the words. ``free``: numbers that may be anywhere."""
    claimed = _phrases(sentences_of(text))
    if not claimed or len(claimed) > _LONGEST:
        return False
    whole = set(_parts_of(sentence.text for sentence in (*own, *near)))
    mine = set(_parts_of(sentences_of(text)))
    if any((other, one) in whole and (one, other) not in whole for one, other in mine):
        return True
    said = _phrases(sentence.text for sentence in own)
    if not set(claimed) <= set(said):
        said = _phrases(sentence.text for sentence in (*own, *near))
    here = [number for number in claimed if number in said and number not in free]
    for one, other in combinations(here, 2):
        if mine & whole & {(one, other), (other, one)}:
            continue  # "210 of 300" both times
        if any(pair in mine and float(pair[0]) <= float(pair[1]) for pair in ((one, other), (other, one))):
            continue  # "17 of the 22 that came in are finished" of "22 came in, and 17 are finished"
        straight = len(claimed[one].heads & said[one].words) + len(claimed[other].heads & said[other].words)
        crossed = len(claimed[one].heads & said[other].words) + len(claimed[other].heads & said[one].words)
        if crossed == straight:
            straight = len(claimed[one].words & said[one].words) + len(claimed[other].words & said[other].words)
            crossed = len(claimed[one].words & said[other].words) + len(claimed[other].words & said[one].words)
        if crossed > straight:
            return True
    return any(_counts_another(number, claimed, said) for number in here)


def _counts_another(number: str, claimed: Mapping[str, "_Phrase"], said: Mapping[str, "_Phrase"]) -> bool:
    """Whether what this number counts in the claim is counted only by another number in the words."""
    what = claimed[number].heads - _ROLES
    if not what or what & said[number].words:
        return False
    return any(what <= said[other].words for other in said if other not in claimed)


@dataclass(frozen=True)
class _Phrase:
    """The words around a number: all stems of its phrase, and those next to it that say what it counts."""

    words: frozenset[str] = frozenset()
    heads: frozenset[str] = frozenset()


def _phrases(texts: Iterable[str]) -> dict[str, _Phrase]:
    """The words around each number, in all places where it is."""
    found: dict[str, _Phrase] = {}
    for text in texts:
        for numbers, phrase in _places(number_tokens(text)):
            for number in numbers:
                known = found.get(number, _Phrase())
                found[number] = _Phrase(known.words | phrase.words, known.heads | phrase.heads)
    return found


def _places(tokens: Sequence[str]) -> Iterator[tuple[frozenset[str], _Phrase]]:
    """Each number of a sentence with its phrase: up to a comma, an "and" or the next number."""
    runs = list(runs_of_numbers(tokens))
    for place, (start, end) in enumerate(runs):
        low = runs[place - 1][1] if place else 0
        high = runs[place + 1][0] if place + 1 < len(runs) else len(tokens)
        first = next((at + 1 for at in range(start - 1, low - 1, -1) if tokens[at] in _ENDS), low)
        last = next((at for at in range(end, high) if tokens[at] in _ENDS), high)
        if place and first == low:
            first = start  # words between two numbers belong to the first
        before, after = _stems(tokens[first:start]), _stems(tokens[end:last])
        role = frozenset(_role(tokens, start))
        heads = frozenset(after[:1] or before[-2:])
        if start and tokens[start - 1] == "past":
            continue  # "half past seven" counts nothing
        yield numbers_of(" ".join(tokens[start:end])), _Phrase(frozenset((*before, *after)) | role, heads | role)


def _parts_of(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of numbers of which the first is a part of the second: "120 of the 300", "seven out of eight"."""
    for text in texts:
        tokens = number_tokens(text)
        for (start, end), (begin, stop) in pairwise(runs_of_numbers(tokens)):
            between = [token for token in tokens[end:begin] if token not in (_DETERMINERS | {"out"})]
            if between == ["of"]:
                wholes = numbers_of(" ".join(tokens[begin:stop]))
                yield from ((one, other) for one in numbers_of(" ".join(tokens[start:end])) for other in wholes)


def _stems(tokens: Sequence[str]) -> list[str]:
    return [one for one in content_stems(tokens) if one not in _UNIT_STEMS]


def _role(tokens: Sequence[str], start: int) -> list[str]:
    """The preposition before a number."""
    near = [token for token in tokens[max(start - 2, 0) : start] if token not in _DETERMINERS]
    return near[-1:] if near and near[-1] in _ROLES and tokens[start - 1] in (_ROLES | _DETERMINERS) else []


def runs_of_numbers(tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where numbers begin and end, in digits or in words."""
    at = 0
    while at < len(tokens):
        if not is_number(tokens, at):
            at += 1
            continue
        end = at + 1
        while end < len(tokens) and (is_number(tokens, end) or _joins(tokens, end)):
            end += 1
        yield at, end
        at = end


def _joins(tokens: Sequence[str], at: int) -> bool:
    """Whether an "and" here is inside a number: "two hundred and fifty"."""
    return (
        tokens[at] == "and"
        and tokens[at - 1] in ("hundred", "thousand")
        and at + 1 < len(tokens)
        and is_number(tokens, at + 1)
    )

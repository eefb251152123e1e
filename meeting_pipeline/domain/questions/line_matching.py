"""Which words of a question are in a line, and whether the line has a number or a time if the question asks for one.

Must not go here: the score of all matches together (``windows.py``), parsing the question (``reading.py``).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from meeting_pipeline.domain.questions.reading import Aim, Asked, AskedWord
from meeting_pipeline.domain.search_queries import folded_words, grams, tokens
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import NUMBER_WORDS, TIME_WORDS

_SIMILAR: Final = 0.5
"""Weight of a word that only begins like the question's."""
_SIMILAR_CHARACTERS: Final = 5
"""Characters that two words must share at their beginning to be similar: fewer are shared by chance."""


@dataclass
class LineMatch:
    """What of a question is in a line: place of the word in the question -> how often."""

    words: int
    found: dict[int, float] = field(default_factory=dict)
    numbers: bool = False
    times: bool = False


class LineMatcher:
    """Compares lines with one question. Reads each distinct word once."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._known: dict[str, tuple[tuple[int, float], ...]] = {}
        self._numbers, self._times = Aim.NUMBER in asked.aims, Aim.TIME in asked.aims
        self._pairs: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        self._beginnings: dict[str, list[int]] = {}
        for place, word in enumerate(asked.words):
            if word.unspaced:
                self._pairs.setdefault(word.folded, []).append(place)
            else:
                self._stems.setdefault(word.stem, []).append(place)
                self._beginnings.setdefault(word.folded[:_SIMILAR_CHARACTERS], []).append(place)

    def read(self, text: str) -> LineMatch:
        """The words of the question in a text, and whether it has a number or a time if the question asks for one."""
        found = LineMatch(0)
        for folded, unspaced in folded_words(text):
            if unspaced:
                found.words += max(len(folded) // 2, 1)
                for pair in grams(folded):
                    self._count(found, pair)
                continue
            found.words += 1
            self._count(found, folded)
            if self._numbers and (folded[0].isdigit() or folded in NUMBER_WORDS):
                found.numbers = True
            if self._times and folded in TIME_WORDS:
                found.times = True
        return found

    def _count(self, found: LineMatch, word: str) -> None:
        places = self._known.get(word)
        if places is None:
            places = self._known[word] = tuple(self._places(word))
        for place, weight in places:
            found.found[place] = found.found.get(place, 0.0) + weight

    def _places(self, word: str) -> Iterator[tuple[int, float]]:
        exact = {*self._pairs.get(word, ()), *self._stems.get(stem(word), ())}
        for place in exact:
            yield place, 1.0
        for place in self._beginnings.get(word[:_SIMILAR_CHARACTERS], ()):
            if place not in exact and _similar(word, self._asked.words[place]):
                yield place, _SIMILAR

    def named(self, people: Iterable[str]) -> frozenset[int]:
        """The places of the question's words that are names of these people."""
        words = {token.folded for name in people for token in tokens(name)}
        return self._places_of(words)

    def called(self, people: Iterable[str]) -> frozenset[int]:
        """The places of the question's words that are names of these people, of those whose whole name is in the question."""
        asked = f" {' '.join(token.folded for token in tokens(self._asked.text))} "
        names = [[token.folded for token in tokens(name)] for name in people]
        return self._places_of({word for name in names if name and f" {' '.join(name)} " in asked for word in name})

    def _places_of(self, words: Collection[str]) -> frozenset[int]:
        return frozenset(place for place, asked in enumerate(self._asked.words) if asked.folded in words)


def _similar(word: str, asked: AskedWord) -> bool:
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, asked.folded, strict=False)))
    return shared >= _SIMILAR_CHARACTERS and shared >= 0.7 * max(len(word), len(asked.folded))

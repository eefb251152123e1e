"""Which words of a question are in a line, and whether the line has a number or a time if the question asks for one.

Must not go here: the score of all matches together (``windows.py``), parsing the question (``reading.py``).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from meeting_pipeline.domain.questions.reading import Aim, Asked, AskedWord
from meeting_pipeline.domain.search_queries import line_words, tokens
from meeting_pipeline.domain.verification.stems import beginning, stem, stem_beginnings
from meeting_pipeline.domain.verification.wordlists import NUMBER_WORDS, TIME_WORDS

_SIMILAR: Final = 0.5
"""Weight of a word that only begins like the question's."""
_SIMILAR_CHARACTERS: Final = 5
"""Characters that two words must share at their beginning to be similar: fewer are shared by chance."""


@dataclass(frozen=True)
class LineMatch:
    """What of a question is in a line. ``found``: place of the word in the question -> how often; ``pairs``: of the pair."""

    words: int
    found: Mapping[int, float]
    pairs: Mapping[int, float] = field(default_factory=dict)
    numbers: bool = False
    times: bool = False


class LineMatcher:
    """Compares lines with one question. Reads each distinct word once."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._seen: set[str] = set()
        self._known: dict[str, tuple[tuple[int, float], ...]] = {}
        self._numbers, self._times = Aim.NUMBER in asked.aims, Aim.TIME in asked.aims
        self._number_words: set[str] = set()
        self._pairs: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        self._beginnings: dict[str, list[int]] = {}
        self._first: set[str] = set()
        self._side_by_side = {pair: place for place, pair in enumerate(asked.pairs)}
        for place, word in enumerate(asked.words):
            if word.unspaced:
                self._pairs.setdefault(word.folded, []).append(place)
            else:
                self._stems.setdefault(word.stem, []).append(place)
                self._beginnings.setdefault(word.folded[:_SIMILAR_CHARACTERS], []).append(place)
                self._first |= {word.folded[:2], word.folded[:3], *stem_beginnings(word.stem)}

    def read(self, text: str) -> LineMatch:
        """The words of the question in a text, and whether it has a number or a time if the question asks for one."""
        return self.read_all([text])[0]

    def read_all(self, texts: Iterable[str]) -> list[LineMatch]:
        """The same of many texts: only words that none of them had before are compared with the question."""
        lines = [line_words(text) for text in texts]
        self._learn({word for words, _ in lines for word in words} - self._seen)
        return [self._match(words, count) for words, count in lines]

    def _learn(self, words: Collection[str]) -> None:
        self._seen.update(words)
        for word in words:
            if beginning(word) in self._first or word in self._pairs:  # most are not compared with any stem
                places = tuple(self._places(word))
                if places:
                    self._known[word] = places
        if self._numbers:
            self._number_words.update(word for word in words if word[0].isdigit() or word in NUMBER_WORDS)

    def _match(self, words: Sequence[str], count: int) -> LineMatch:
        found, pairs = dict[int, float](), dict[int, float]()
        if not self._known.keys().isdisjoint(words):
            before: tuple[tuple[int, float], ...] = ()
            for word in words:
                here = self._known.get(word, ())
                for place, weight in here:
                    found[place] = found.get(place, 0.0) + weight
                    for first, less in before:
                        pair = self._side_by_side.get((first, place))
                        if pair is not None:
                            pairs[pair] = pairs.get(pair, 0.0) + weight * less
                before = here
        numbers = self._numbers and not self._number_words.isdisjoint(words)
        return LineMatch(count, found, pairs, numbers, self._times and not TIME_WORDS.isdisjoint(words))

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

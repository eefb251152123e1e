"""Parses a question: its words with their weights, the kind of answer it asks for, and the days that it names.

No input is an error. Must not go here: finding passages (``windows.py``), the languages of the databases (``store/search/``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.questions.days import Days, days_in
from meeting_pipeline.domain.search_queries import grams, together, tokens
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.synonyms import GROUPS
from meeting_pipeline.domain.verification.texts import META_STEMS
from meeting_pipeline.domain.verification.wordlists import STOP_WORDS
from meeting_pipeline.domain.word_sets import word_set

QUESTION_CHARACTERS: Final = 1_000
"""What is accepted as a question: some 150 words. Longer texts are documents."""
QUESTION_WORDS: Final = 16
"""Words of a question that are looked up, each with its synonyms. Longer questions repeat themselves."""
_META_WEIGHT: Final = 0.3
"""Weight of words such as "discuss" and "meeting", which are about the talk and not about its subject."""
_ROOT: Final = 4
"""A shorter beginning of a word would match a large part of all words."""
_ENDINGS: Final = ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y")
_DURING: Final = re.compile(
    r"\b(?:when|while) (?:discussing|presenting|debating|talking about|speaking (?:of|about))\b"
    r"|\b(?:in|during) (?:(?:the|a|an|our|their|this|that) )?(?:discussion|presentation|debate|conversation)s? (?:of|about|on)\b"
)
"""What follows says what the talk was about: "What did Ada say of the cable when discussing costs?\""""
_ASKING: Final = word_set("""
    who whom whose what when where why how which did do does is are was were will can could would should anybody anyone
    somebody someone everybody everyone
    """)
_ORDERS: Final = word_set("tell explain describe summarize summarise list find show give")
"""The first word of a question may be one of these: "list the prices". Elsewhere it is about the subject: "the price list"."""
_DECIDING: Final = frozenset(stem(word) for word in word_set("decide decision agree agreement choose settle conclude"))
_TASKS: Final = frozenset(
    stem(word)
    for word in word_set("promise commit task action todo owe responsible owner assign undertake deadline due")
)
_COUNTS: Final = word_set("many much long cost costs price percent percentage number budget")
_TIMES: Final = word_set("when date deadline due day month week year")


class Aim(StrEnum):
    """A kind of answer that a question wants."""

    DECISION = "decision"
    TASK = "task"
    NUMBER = "number"
    TIME = "time"


@dataclass(frozen=True)
class AskedWord:
    """A word of a question. ``alike``: words that mean the same; ``weight``: 1 for a word about the subject.

    ``unspaced``: two neighbouring characters of a script without spaces. ``around``: of a part that says what the talk was
    about in which something was said.
    """

    folded: str
    stem: str
    weight: float = 1.0
    alike: tuple[str, ...] = ()
    unspaced: bool = False
    around: bool = False

    @property
    def roots(self) -> tuple[str, ...]:
        """Beginnings that its inflected forms and those of its synonyms share; a short word is its own."""
        return tuple(dict.fromkeys(root(word) for word in (self.folded, *self.alike)))


@dataclass(frozen=True)
class Asked:
    """A question, read. ``words`` is empty for a text without any word; ``pairs``: places of words that are side by side."""

    text: str
    words: tuple[AskedWord, ...]
    aims: frozenset[Aim]
    days: Days | None = None
    pairs: tuple[tuple[int, int], ...] = ()


def read_question(text: str, today: date) -> Asked:
    """Read a question. ``today``: the day from which "last week" is counted."""
    text = text[:QUESTION_CHARACTERS]
    given = list(tokens(text))
    spaced = [token.folded for token in given if not token.unspaced]
    words = [*_words([*spaced, *together(text)]), *_pairs(token.folded for token in given if token.unspaced)]
    if not words:  # "what did we do?"
        words = [AskedWord(word, stem(word), _META_WEIGHT) for word in dict.fromkeys(spaced)]
    words = _with_around(text, words[:QUESTION_WORDS])
    return Asked(text, tuple(words), _aims(spaced), days_in(text, today), tuple(_side_by_side(spaced, words)))


def _with_around(text: str, words: list[AskedWord]) -> list[AskedWord]:
    """The words, those marked that say what the talk was about, unless there is nothing else to look for."""
    said = " ".join(text.casefold().split())
    found = _DURING.search(said)
    before = {stem(token.folded) for token in tokens(said[: found.start()])} if found is not None else set()
    if not any(word.stem in before and word.weight == 1.0 for word in words):
        return words
    return [replace(word, around=word.stem not in before) for word in words]


def _side_by_side(spaced: list[str], words: list[AskedWord]) -> Iterator[tuple[int, int]]:
    places = {word.stem: place for place, word in reversed(list(enumerate(words))) if not word.unspaced}
    found = [places.get(stem(word)) for word in spaced]
    seen = set()
    for first, second in pairwise(found):
        if first is not None and second is not None and first != second and (first, second) not in seen:
            seen.add((first, second))
            yield first, second


def root(word: str) -> str:
    """The beginning of a word without its ending, if enough of it is left."""
    for ending in _ENDINGS:
        left = word.removesuffix(ending)
        if left != word and len(left) >= _ROOT:
            return left
    return word


def _words(spaced: list[str]) -> Iterator[AskedWord]:
    seen: set[str] = set()
    for word in spaced[1:] if spaced[:1] and spaced[0] in _ORDERS else spaced:
        if word in STOP_WORDS or word in _ASKING or len(word) < 2:
            continue
        key = stem(word)
        if key in seen:
            continue
        seen.add(key)
        meta = key in META_STEMS or key in _DECIDING or key in _TASKS
        yield AskedWord(word, key, _META_WEIGHT if meta else 1.0, _alike(word, key))


def _pairs(runs: Iterator[str]) -> Iterator[AskedWord]:
    seen: set[str] = set()
    for run in runs:
        for pair in grams(run)[:-1] or [run]:
            if pair not in seen:
                seen.add(pair)
                yield AskedWord(pair, pair, unspaced=True)


_GROUPS: Final = {stem(group.split()[0]): tuple(group.split()) for group in GROUPS}


def _alike(word: str, key: str) -> tuple[str, ...]:
    return tuple(other for other in _GROUPS.get(key, ()) if other != word and other.isalnum())


def _aims(spaced: list[str]) -> frozenset[Aim]:
    stems, words = {stem(word) for word in spaced}, set(spaced)
    found = set()
    if stems & _DECIDING:
        found.add(Aim.DECISION)
    if stems & _TASKS or {"who", "will"} <= words or {"to", "do"} <= words:
        found.add(Aim.TASK)
    if words & _COUNTS:
        found.add(Aim.NUMBER)
    if words & _TIMES:
        found.add(Aim.TIME)
    return frozenset(found)

"""Sentences, words and stems: the form in which texts are compared.

Belongs here: splitting text, and normalizing words that mean the same. Must not go here: what a comparison means.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.text import normalized
from meeting_pipeline.domain.verification.paraphrases import WIDER
from meeting_pipeline.domain.verification.separable_verbs import SEPARABLE
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.synonyms import PHRASES
from meeting_pipeline.domain.verification.wordlists import DAYS, MONTHS, NUMBER_WORDS, STOP_WORDS
from meeting_pipeline.domain.word_sets import word_set

_TOKEN: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\w++(?:'++\w++)*+|[,:;()\u2013\u2014$€£%]"
)
_AGAIN: Final = re.compile(r"\bre-(?=\w)")
"""A "re-run" is a "rerun"."""
_APOSTROPHES: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "`": "'", "\u00b4": "'", "_": " "})
_END: Final = re.compile(r"[.?!;\u2026]++|\n")
_AFTER_END: Final = frozenset("\"')] \t\n\r")
_ABBREVIATIONS: Final = word_set("mr mrs ms dr prof st no vs e.g i.e approx")
MARKS: Final = frozenset(",:;()\u2013\u2014")
UNITS: Final = frozenset("$€£%")
"""Signs that are words for units."""


def tokens_of(text: str, *, fold: bool = True) -> list[str]:
    """Words (with their apostrophes), signs of units, and punctuation inside a sentence."""
    plain = _AGAIN.sub("re", normalized("NFKC", text).translate(_APOSTROPHES))
    return _TOKEN.findall(plain.casefold() if fold else plain)


def bare(word: str) -> str:
    """The word without apostrophes, as ``evidence.words_of`` gives it."""
    return word.replace("'", "")


def is_content(word: str) -> bool:
    """Whether a word says something about a subject."""
    head = word.partition("'")[0]
    if word in MARKS or word.endswith("n't") or word in STOP_WORDS or head in STOP_WORDS:
        return False
    return len(word) > 1 or word in UNITS


def seasonal(words: Sequence[str]) -> Sequence[str]:
    """The words with "autumn" for "fall" where that is the season: "in the fall", "last fall"."""
    if "fall" not in words:
        return words
    return ["autumn" if word == "fall" and _is_season(words, place) else word for place, word in enumerate(words)]


def _is_season(words: Sequence[str], place: int) -> bool:
    before = words[place - 1] if place else ""
    earlier = words[place - 2] if place > 1 else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    if after in ("in", "of"):  # "the fall in sales", "the fall of 2027"
        return after == "of" and "".join(words[place + 2 : place + 3])[:1].isdigit()
    return before in _SEASON_AFTER or (before in ("the", "early", "late") and earlier in _SEASON_BEFORE)


_SEASON_AFTER: Final = word_set("this next last every each previous coming in by until since till before after")
_SEASON_BEFORE: Final = word_set("in by for during until till before after since of from the over into")


def content_stems(words: Iterable[str]) -> list[str]:
    """Stems of the words that say something, each once, in their order. Numbers are left out: they have their own check."""
    given = list(seasonal(list(words)))
    verbs = dict(two_word_verbs(given))
    found = (
        stem(verbs.get(place, word))
        for place, word in enumerate(given)
        if place in verbs
        or (is_content(word) and not word[0].isdigit() and word not in NUMBER_WORDS and not _tells_a_time(given, place))
    )
    return list(dict.fromkeys(found))


def _tells_a_time(words: Sequence[str], place: int) -> bool:
    """Whether a verb only says from when: "starting in January", "effective Monday"."""
    following = words[place + 1] if place + 1 < len(words) else ""
    return words[place] in _FROM_WHEN and (following in _BEFORE_TIME or following in MONTHS or following in DAYS)


_FROM_WHEN: Final = word_set("starting beginning effective commencing")
_BEFORE_TIME: Final = word_set("in on from with next this as immediately at")


def two_word_verbs(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Places where two words mean one verb, with the verb: "set up" is "schedule", "let them know" is "tell"."""
    if len(words) > 1 and words[0] == "issue" and words[1] in ("a", "an", "the", "our", "new"):
        yield 0, "publish"  # the verb, not the noun
    for place, pair in enumerate(pairwise(words)):
        if pair in PHRASES:
            yield place, PHRASES[pair]
            continue
        particles = _PARTICLES.get(stem(words[place]))
        if particles is not None:
            yield from ((place, verb) for verb in _separated(words, place, particles))


def _compared(words: Sequence[str]) -> Iterator[str]:
    """What a comparison with before says: "ninety five, up from eighty eight" is a raise."""
    for place, pair in enumerate(pairwise(words)):
        if pair in _COMPARED and place and (words[place - 1] in MARKS or words[place - 1] in NUMBER_WORDS):
            yield stem(_COMPARED[pair])


_COMPARED: Final = {("up", "from"): "raise", ("down", "from"): "lower"}


def _separated(words: Sequence[str], place: int, particles: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What the verb means together with the first of its particles in the same clause."""
    for at in range(place + 1, min(place + 1 + _VERB_REACH, len(words))):
        word = words[at]
        if word == "in" and at > place + 1 and at + 1 < len(words) and is_content(words[at + 1]):
            return  # "check the rack in aisle nine"
        if word in particles:
            yield from particles[word]
            return
        if word in MARKS or word in _VERB_ENDS:
            return


_VERB_REACH: Final = 6
"""Words after a verb among which its particle is: "write the long note for the board up"."""
_VERB_ENDS: Final = word_set("and or but because if unless when while that who which so then i'll we'll")


def _particles() -> dict[str, dict[str, tuple[str, ...]]]:
    """By the verb's stem: its particles, and the verbs that both mean. Verbs of one group of synonyms share a stem."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for first, pairs in SEPARABLE.items():
        known = found.setdefault(stem(first), {})
        for particle, verb in pairs:
            known[particle] = (*known.get(particle, ()), verb)
    return found


_PARTICLES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = _particles()
_WIDER: Final = {
    stem(narrow): frozenset(stem(wide) for wide, words in WIDER.items() if stem(narrow) in {stem(one) for one in words})
    for words in WIDER.values()
    for narrow in words
}


@dataclass(frozen=True)
class Sentence:
    """A sentence of a segment. ``order`` counts the sentences of the meeting; ``start`` is the first word's place there."""

    text: str
    segment: int
    speaker: str
    order: int
    start: int

    @cached_property
    def tokens(self) -> list[str]:
        """Words and punctuation."""
        return tokens_of(self.text)

    @cached_property
    def words(self) -> list[str]:
        """The words."""
        return [token for token in self.tokens if token not in MARKS and token not in UNITS]

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of all words, of verbs in two words, and of wider terms."""
        found = self.narrow_stems
        return frozenset(found.union(*(_WIDER.get(one, ()) for one in found)))

    @cached_property
    def narrow_stems(self) -> frozenset[str]:
        """The same without wider terms."""
        found = {stem(token) for token in seasonal(self.tokens) if token not in MARKS}
        return frozenset(found | {stem(verb) for _, verb in two_word_verbs(self.tokens)} | set(_compared(self.tokens)))

    @property
    def question(self) -> bool:
        """Whether it ends with a question mark."""
        return self.text.rstrip("\"') ").endswith("?")


def sentences_of(text: str) -> Iterator[str]:
    """The sentences of a text, each of at most ``policies.VERIFIED_SENTENCE_CHARACTERS``."""
    start = 0
    for found in _END.finditer(text):
        if found[0] != "\n" and text[found.end() : found.end() + 1] not in ("", *_AFTER_END):
            continue  # "2.5", "e.g.x"
        word = text[max(start, found.start() - 10) : found.start()].rpartition(" ")[2].casefold()
        if found[0] == "." and (word in _ABBREVIATIONS or (len(word) == 1 and word != "i")):
            continue
        yield from _pieces(text[start : found.end()])
        start = found.end()
    yield from _pieces(text[start:])


def _pieces(text: str) -> Iterator[str]:
    limit = policies.VERIFIED_SENTENCE_CHARACTERS
    start = 0
    while len(text) - start > limit:
        space = text.rfind(" ", start, start + limit)
        end = space if space > start else start + limit
        yield text[start:end]
        start = end
    if text[start:].strip():
        yield text[start:]

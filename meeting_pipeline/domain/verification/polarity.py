"""Clauses of a sentence, and whether what one says is negated.

Belongs here: where a clause ends, what a negation reaches. Must not go here: comparing two texts (``support.py``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from meeting_pipeline.domain.verification.negation import IN_PLACE, negates
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import (
    BREAKING,
    HELPERS,
    LINKING,
    NOT_WEAK_BEFORE,
    PAST_HELPERS,
    PAST_NEGATIONS,
    SUBJECTS,
    UNREFUSING,
    WEAK_NEGATIONS,
)
from meeting_pipeline.domain.verification.words import MARKS, UNITS, seasonal, two_word_verbs
from meeting_pipeline.domain.word_sets import word_set

_JOINING: Final = frozenset((",", "and", "or", "then", "so"))
_WEAK_ENDS: Final = frozenset(("and", "or", "then", "instead"))
_PASSIVE: Final = word_set("is are was were been be being gets got it's")
_INTERJECTIONS: Final = word_set("""
    no nope yes yeah yep okay ok sure well right so oh ah alright fine great thanks none nothing
    """)
_SUBORDINATE: Final = word_set("if unless once when while although though because since provided assuming")
"""A clause that begins so ends at its comma."""
_OBJECTS: Final = word_set("it that them this these those over care him her")
"""Words after a verb that say that somebody does it: "takes it over"."""
_DENIED: Final = 3
"""Words of a part that only says what it is not."""
_CONTRACTED: Final = ("'ll", "'m", "'re", "'ve", "'d")
_WEAK_STEMS: Final = frozenset(stem(word) for word in WEAK_NEGATIONS)


@dataclass(frozen=True)
class Clause:
    """Consecutive words of a sentence; ``start`` is the place of the first one among the sentence's words."""

    words: tuple[str, ...]
    start: int

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The stem of each word."""
        return tuple(stem(word) for word in self.words)

    @cached_property
    def strong(self) -> tuple[int, ...]:
        """Places of negations that reach to the end of the clause."""
        return tuple(place for place in range(len(self.words)) if negates(self.words, place))

    @cached_property
    def weak(self) -> tuple[tuple[int, int], ...]:
        """Places of verbs that turn what follows into its opposite, and how far each reaches."""
        found = []
        for place, word in enumerate(self.words):
            following = self.words[place + 1] if place + 1 < len(self.words) else ""
            if self.stems[place] in _WEAK_STEMS or word in WEAK_NEGATIONS:
                if following in NOT_WEAK_BEFORE:
                    continue
                if place and self.words[place - 1] in _PASSIVE:  # "the release is cancelled"
                    found.append((self._after_that(place), len(self.words)))
                    continue
                ends = (i for i in range(place + 1, len(self.words)) if self.words[i] in _WEAK_ENDS)
                found.append((place, next(ends, len(self.words))))
            elif (word, following) in IN_PLACE:
                found.append((place, len(self.words)))
        found.extend((place, len(self.words)) for place, verb in two_word_verbs(self.words) if verb in WEAK_NEGATIONS)
        return tuple(dict.fromkeys(found))

    def _after_that(self, place: int) -> int:
        """Where the part begins that a "that" opens before this place: "tell them that the form is removed"."""
        return next((at for at in range(place - 1, 0, -1) if self.words[at] in ("that", "which", "whether")), 0)

    def places(self, stems: Iterable[str]) -> list[int]:
        """Where words with these stems are."""
        wanted = frozenset(stems)
        verbs = {place for place, verb in two_word_verbs(self.words) if stem(verb) in wanted}
        return [place for place, found in enumerate(self.stems) if found in wanted or place in verbs]

    def negated(self, places: Sequence[int], *, refusing: bool = False, shared: Sequence[int] | None = None) -> bool:
        """Whether the words at these places are negated. ``refusing``: what has not happened yet does not count.

        ``shared``: the places that a negation must reach, if not all of them. That of a verb ("will not be") reaches what
        is before it, too.
        """
        if not places:
            return False
        reached = places if shared is None else shared
        last, end_of_shared = max(places), max(reached)
        strong = any(
            (
                place < end_of_shared
                or (place < last and self._denies_verb(place) and "that" not in self.words[end_of_shared:place])
            )
            and not self._waits(place, reached)
            for place in self.strong
            if not (refusing and self._is_past(place))
        )
        weak = any(place <= at < end for place, end in self.weak for at in reached)
        return strong != weak

    def _waits(self, place: int, reached: Sequence[int]) -> bool:
        """Whether everything is after an "until" that follows the negation: "can't start until they are measured"."""
        until = next((at for at in range(place, len(self.words)) if self.words[at] in ("until", "till")), None)
        return until is not None and min(reached) > until

    def _denies_verb(self, place: int) -> bool:
        """Whether the negation here is that of the clause's verb: "are not permitted", "won't"."""
        return self.words[place].endswith("n't") or (place > 0 and self.words[place - 1] in HELPERS | {"be", "been"})

    def refuses(self) -> bool:
        """Whether the clause as a whole is negative."""
        return any(not self._is_past(place) for place in self.strong)

    def _is_past(self, place: int) -> bool:
        """Whether a negation says that something has not happened, rather than that it shall not."""
        if UNREFUSING & set(self.stems):
            return False
        word = self.words[place]
        before = set(self.words[max(place - 2, 0) : place])
        return word in PAST_NEGATIONS or (word in ("not", "never") and bool(before & PAST_HELPERS))


def clauses_of(tokens: Sequence[str]) -> list[Clause]:
    """The clauses of a sentence."""
    tokens = seasonal(tokens)
    found: list[Clause] = []
    current: list[str] = []
    start = place = 0
    for position, token in enumerate(tokens):
        if current and _begins(tokens, position, current):
            found.append(Clause(tuple(current), start))
            current = []
        if token in MARKS or token in UNITS:
            continue
        if not current:
            start = place
        current.append(token)
        place += 1
    if current:
        found.append(Clause(tuple(current), start))
    return found


def _begins(tokens: Sequence[str], position: int, current: Sequence[str]) -> bool:
    """Whether a clause begins at this token."""
    word, before = tokens[position], tokens[position - 1]
    following = tokens[position + 1] if position + 1 < len(tokens) else ""
    if (before in MARKS and before != ",") or word in BREAKING:
        return True
    if before == "," and (current[-1].endswith("n't") or (current[0] == "not" and len(current) <= _DENIED)):
        return True  # "No, don't, keep them", "not the seventh, the fourteenth"
    if before == "," and _is_tag(tokens[position:]):
        return True  # "It was archived, was it not?"
    if before == "," and ((len(current) == 1 and current[0] in _INTERJECTIONS) or current[-1] in ("yes", "no")):
        return True  # "The mirror yes, the limit I'd like to discuss"
    if before == "," and word != "and" and (word == "so" or current[0] in _SUBORDINATE):
        return following != "that"
    if word in ("and", "or", "so", "then") and _subject(following, tokens, position + 1):
        return True
    if before in _JOINING and not (before != "," and current[-1:] == [before] and len(current) == 1):
        return before == "," and _subject(word, tokens, position)
    return _pronoun_with_verb(word, following) and before not in LINKING


def _is_tag(rest: Sequence[str]) -> bool:
    """Whether the sentence ends with a question that only asks for assent: "isn't it", "did you not"."""
    return (
        1 < len(rest) <= _TAG
        and rest[0] in _TAG_VERBS
        and rest[1] in ("it", "he", "she", "they", "we", "you", "i")
        and rest[2:] in ([], ["not"], ("not",), ())
    )


_TAG: Final = 3
_TAG_VERBS: Final = word_set("""
    is are was were do does did has have had can could will would should isn't aren't wasn't weren't don't doesn't didn't hasn't
    haven't hadn't can't couldn't won't wouldn't shouldn't
    """)


def _subject(token: str, tokens: Sequence[str], position: int) -> bool:
    """Whether a new subject begins here: a pronoun, or any word before an auxiliary verb."""
    following = tokens[position + 1] if position + 1 < len(tokens) else ""
    if token.partition("'")[0] in SUBJECTS or token in ("let's",) or (token in ("that", "this") and following == "is"):
        return True
    if tokens[position - 1] == "," and token.isalpha() and _is_doing(tokens, position + 1):
        return True
    return (
        bool(token)
        and token not in MARKS
        and following in ("will", "would", "can", "should", "shall", "must", "won't", "can't")
    )


def _is_doing(tokens: Sequence[str], at: int) -> bool:
    """Whether a verb of somebody is here: "takes it over", "is doing it"."""
    verb, after = tokens[at : at + 1], tokens[at + 1 : at + 2]
    if not verb or not after:
        return False
    if verb[0] in ("is", "are"):
        return after[0].endswith("ing")
    return verb[0].endswith("s") and not verb[0].endswith(("ss", "'s")) and after[0] in _OBJECTS


def _pronoun_with_verb(token: str, following: str) -> bool:
    if token.partition("'")[0] not in ("i", "we", "you", "he", "she", "they"):
        return False
    return token.endswith(_CONTRACTED) or following in HELPERS

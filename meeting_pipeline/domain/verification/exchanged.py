"""Parts of a statement that were swapped: somebody else does it, or another number has that predicate.

Belongs here: comparing a claim with the quoted sentences clause by clause. Must not go here: owners of tasks (``owners.py``),
what a number counts in its own phrase (``counted.py``).
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import META_STEMS, Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import TIME_WORDS
from meeting_pipeline.domain.verification.words import Sentence, content_stems, is_content
from meeting_pipeline.domain.word_sets import word_set

_MODALS: Final = word_set("will would can could should shall must may has have needs")
_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)


def subject_exchanged(wording: Wording, said: Said) -> bool:
    """Whether somebody or something else does it in the quoted words: "staff should park" for "patients have to park"."""
    for clause in wording.clauses:
        words = list(clause.words)
        for place in range(1, len(words)):
            left = _subject(words[:place], said.names)
            if left and _is_verb(words, place) and _others_do(stem(words[place]), words[place + 1 :], left, said):
                return True
            if left and _is_verb(words, place):
                break
    return False


def _is_verb(words: Sequence[str], place: int) -> bool:
    """Whether the verb of the clause is here: after a modal, or with the "s" of a third person before its object."""
    before = words[place - 1]
    if before in _MODALS or (before == "to" and place > 1 and words[place - 2] in ("have", "has", "need", "needs")):
        return words[place] not in ("be", "to", "not", "have")
    following = words[place + 1] if place + 1 < len(words) else ""
    word = words[place]
    return len(word) > 3 and word.endswith("s") and not word.endswith("ss") and following in _BEFORE_OBJECT


_BEFORE_OBJECT: Final = word_set("the a an us them him her it its their our that to in on for")


def _subject(words: Sequence[str], names: Collection[str]) -> frozenset[str]:
    """The subject: the words before the verb; empty if they name a speaker, or nobody in particular."""
    if set(words) & set(names):
        return frozenset()
    found = frozenset(content_stems(words)) - META_STEMS
    return found - _TIME_STEMS


def _others_do(verb: str, rest: Sequence[str], left: frozenset[str], said: Said) -> bool:
    wanted = frozenset(content_stems(rest)) - _TIME_STEMS
    found = False
    for sentence in said.own:
        if left & sentence.stems:
            return False
        for clause in clauses_of(sentence.tokens):
            if verb not in clause.stems or (wanted and not wanted & sentence.stems):
                continue
            at = clause.stems.index(verb)
            other = frozenset(content_stems(clause.words[:at])) - META_STEMS - _TIME_STEMS
            acting = at > 0 and (clause.words[at - 1] in _MODALS or clause.words[at - 1] not in _NO_SUBJECT)
            found = found or bool(other and acting)
    return found


_NO_SUBJECT: Final = word_set("to the a an our your be been is are was were not and of")


def number_of_another(wording: Wording, said: Said) -> bool:
    """Whether the predicate that a number has in the claim is another number's: "206 are left" of "206 done, 90 left"."""
    given = [pair for sentence in said.own for pair in _single(sentence)]
    if len(given) < 2:
        return False
    claimed_numbers = numbers_of(wording.plain)
    for clause in wording.clauses:
        numbers = numbers_of(" ".join(clause.words), claim=True)
        if len(numbers) != 1:
            continue
        content = frozenset(stem(word) for word in clause.words if is_content(word)) - _TIME_STEMS
        mine = [len(content & set(other.stems)) for number, other in given if number in numbers]
        others = [len(content & set(other.stems)) for number, other in given if number not in claimed_numbers]
        if mine and others and max(mine) == 0 and max(others) > 0:
            return True
    return False


def _single(sentence: Sentence) -> Iterator[tuple[str, Clause]]:
    """The clauses with one number, and the number."""
    for clause in clauses_of(sentence.tokens):
        numbers = numbers_of(" ".join(clause.words), claim=True)
        if len(numbers) == 1:
            yield next(iter(numbers)), clause

"""Names of people in commitments: their words, whether two mean the same person, and whether words hand something over.

Must not go here: who a person is over all meetings (``domain/people/``).
"""

import re
from collections.abc import Iterable
from typing import Final

from meeting_pipeline.domain.commitments.values import Part
from meeting_pipeline.domain.search_queries import fold
from meeting_pipeline.domain.text import normalized
from meeting_pipeline.domain.verification.words import tokens_of
from meeting_pipeline.domain.word_sets import has_phrase, phrases

_WORD: Final = re.compile(r"[^\W\d_]++")
_HANDING: Final = phrases("""
    take over / takes over / taking over / taken over / took over / instead / hand over / hands over / handed over /
    handing over / pass it to / on behalf of / fill in for / step in for / in place of / reassign / reassigned
    """)


def folded_words(name: str) -> list[str]:
    """The words of a name, without case."""
    return _WORD.findall(normalized("NFKC", name).casefold())


def plain_words(name: str) -> list[str]:
    """The words of a name as names are compared: without case, accents and strokes ("José" is "Jose" in other transcripts)."""
    return [plain for word in folded_words(name) if (plain := fold(word))]


def name_words(name: str) -> list[str]:
    """The words of a name as they may be in a sentence: with and without accents."""
    return list(dict.fromkeys((*folded_words(name), *plain_words(name))))


def same_person(one: str, other: str) -> bool:
    """Whether two names can mean the same person: equal, or one is a part of the other ("Anna" and "Anna Meyer")."""
    first, second = set(plain_words(one)), set(plain_words(other))
    return bool(first and second) and (first <= second or second <= first)


def one_of_several(one: str, other: str, people: Iterable[str]) -> bool:
    """Whether these names differ, and the shorter one fits several of these people: "Anna", where there are two."""
    if plain_words(one) == plain_words(other):
        return False
    short = min(one, other, key=lambda name: len(plain_words(name)))
    known = {tuple(plain_words(name)) for name in (*people, one, other) if same_person(name, short)}
    return len(known - {tuple(plain_words(short))}) > 1


def hands_over(part: Part, owner: str) -> bool:
    """Whether the words of an item with another owner say that it was handed over: they say so, or name the earlier owner."""
    said = tokens_of(f"{part.quote} {part.text}")
    names = {word.partition("'")[0] for word in said}
    return has_phrase(said, _HANDING) or bool({fold(name) for name in names} & set(plain_words(owner)))

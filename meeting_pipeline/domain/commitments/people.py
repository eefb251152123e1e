"""Names of people in commitments: whether two mean the same person, and whether words hand something over.

Must not go here: who somebody is in other meetings than these.
"""

from typing import Final

from meeting_pipeline.domain.commitments.series import folded_words
from meeting_pipeline.domain.commitments.values import Part
from meeting_pipeline.domain.verification.wordlists import has_phrase, phrases
from meeting_pipeline.domain.verification.words import tokens_of

_HANDING: Final = phrases("""
    take over / takes over / taking over / taken over / took over / instead / hand over / hands over / handed over /
    handing over / pass it to / on behalf of / fill in for / step in for / in place of / reassign / reassigned
    """)


def same_person(one: str, other: str) -> bool:
    """Whether two names can mean the same person: equal, or one is a part of the other ("Anna" and "Anna Meyer")."""
    first, second = set(folded_words(one)), set(folded_words(other))
    return bool(first and second) and (first <= second or second <= first)


def hands_over(part: Part, owner: str) -> bool:
    """Whether the words of an item with another owner say that it was handed over: they say so, or name the earlier owner."""
    said = tokens_of(f"{part.quote} {part.text}")
    names = {word.partition("'")[0] for word in said}
    return has_phrase(said, _HANDING) or bool(names & set(folded_words(owner)))

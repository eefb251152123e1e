"""Words beside a negation that say the claim nevertheless: "No, everybody gets a new one", "I can do Saturday, but not Sunday".

Must not go here: whether a claim is contradicted (``contradictions.py``).
"""

from collections.abc import Collection
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import is_content
from meeting_pipeline.domain.word_sets import word_set

_POINTING: Final = frozenset(("it", "that", "them", "they", "this", "those", "these"))


def leaves_it(clause: Clause) -> bool:
    """Whether things stay as they are: "leave it at six ninety"."""
    return any(pair in _LEAVING for pair in pairwise(clause.words))


_LEAVING: Final = frozenset(
    (word, one) for word in ("leave", "keep") for one in ("it", "that", "them", "this", "everything")
)


def repeats(wording: Wording, said: Said) -> bool:
    """Whether an affirmative quoted clause says in the same words what the claim says: "No, everybody gets a new one"."""
    claimed = set(wording.tokens)
    return not any(clause.strong or clause.weak for clause in wording.clauses) and any(
        not clause.strong and not clause.weak and len(claimed & set(clause.words)) >= _SAME_WORDS
        for sentence in said.own
        if not sentence.question
        for clause in clauses_of(sentence.tokens)
    )


_SAME_WORDS: Final = 3


def said_as_well(content: Collection[str], said: Said, *, claimed: bool, found: Clause) -> bool:
    """Whether another quoted clause says as much of the claim with the sense of the claim, and points back with the rest."""
    count = len(set(content) & set(found.stems))
    return claimed and any(
        clause.strong
        and count > 1
        and len(set(content) & set(clause.stems)) >= count
        and bool(_POINTING & set(clause.words))
        for sentence in said.own
        for clause in clauses_of(sentence.tokens)
    )


def is_exception(clause: Clause, claimed: Collection[str]) -> bool:
    """Whether a clause such as "but not Sunday" refuses only something that the claim does not name."""
    named = {word for word in clause.words[1:] if is_content(word) and word not in _FIRMLY}
    return clause.words[0] == "but" and bool(named) and not named & set(claimed) and "it" not in clause.words


_FIRMLY: Final = word_set("definitely certainly absolutely really surely")

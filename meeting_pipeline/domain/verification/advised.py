"""Statements that only report what somebody else thinks that those present should do: "the auditor said we should count twice".

Must not go here: what others are said to have said or decided (``reported.py``).
"""

from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import Final

from meeting_pipeline.domain.verification.focus import Focus
from meeting_pipeline.domain.verification.reported import PRESENT_SUBJECTS, SAYING
from meeting_pipeline.domain.verification.words import bare
from meeting_pipeline.domain.word_sets import word_set


def is_advice(focus: Focus, content: Collection[str], quote: Sequence[str] = ()) -> bool:
    """Whether it is what somebody else thinks that those present should do: "the auditor said we should count twice".

    ``quote``: the quoted words. With what those present conclude from it they are none: "so we count twice from now on".
    """
    words = focus.words
    for place, word in enumerate(words):
        if place == 0 or word not in _ADVISING or words[place - 1].partition("'")[0] in PRESENT_SUBJECTS:
            continue
        following = words[place + 1 : place + 6]
        at = next((at for at, one in enumerate(following) if one in _ADVISED), None)
        if at is not None and set(following[at + 1 : at + 3]) & _OUGHT:
            return not _is_followed(focus, place, content, quote)
    return False


def _is_followed(focus: Focus, place: int, content: Collection[str], quote: Sequence[str]) -> bool:
    """Whether those present draw the conclusion after this word, and the quote has it."""
    ends = accumulate(len(clause.words) for clause in focus.clauses)
    later = [clause for clause, end in zip(focus.clauses, ends, strict=True) if end - len(clause.words) > place]
    quoted = f" {' '.join(quote)} "
    return any(
        clause.words[0] in _CONCLUDING
        and _CONCLUDERS & set(clause.words[:4])
        and not (_OUGHT | {"if", "discussed"}) & set(clause.words)
        and frozenset(content) & set(clause.stems)
        and f" {' '.join(bare(word) for word in clause.words[1:4])} " in quoted
        for clause in later
    )


_CONCLUDING: Final = frozenset(("so", "therefore", "hence"))
_CONCLUDERS: Final = word_set("we we'll we're i i'll let's from")
_ADVISING: Final = SAYING | word_set(
    "think write writing recommends recommended advised advises feels suggests suggested thought"
)
_ADVISED: Final = frozenset(("we", "you", "us", "i", "everybody", "everyone"))
_OUGHT: Final = word_set("should ought could must need have might")

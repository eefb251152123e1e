"""What a part of a sentence is by itself: a promise, a question, an idea, a wish, an offer, a price.

Must not go here: what others answer to it (``replies.py``), conditions (``conditions.py``), whether it counts as agreed
(``commitment.py``).
"""

from collections.abc import Collection
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.commitment_phrases import (
    ASKING,
    FIRM,
    FORMERLY,
    HYPOTHETICAL,
    OFFERING,
    SHOULD,
    SOFTENING,
    TURNED,
    WANTING,
    WISHING,
    WONDERING,
)
from meeting_pipeline.domain.verification.focus import Focus
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import NUMBER_WORDS, TIME_WORDS
from meeting_pipeline.domain.word_sets import has_phrase

_COSTS: Final = frozenset(("is", "costs", "takes", "was", "cost", "took"))
_OFFERED: Final = frozenset(("sell", "give", "lend", "rent", "let", "take", "pay", "do", "help"))


def promises_itself(part: Focus) -> bool:
    """Whether the part is itself a promise, as in "I'll call them, okay?" and "Maybe tomorrow, but I will do it"."""
    return any(
        has_phrase(clause.words, FIRM) and not has_phrase(clause.words, SOFTENING) and not clause.refuses()
        for clause in part.clauses
    )


def _is_hypothetical(part: Focus) -> bool:
    """Whether it is an idea; "so let's say Thursday" is none."""
    if not part.has(HYPOTHETICAL):
        return False
    fixing = any(
        words[place : place + 2] == ("let's", "say") and words[place + 2 : place + 3] and _is_when(words[place + 2])
        for words in (clause.words for clause in part.clauses)
        for place in range(len(words))
    )
    return not fixing or part.has(SOFTENING)


def _is_when(word: str) -> bool:
    """Whether the word tells a time or a number."""
    return word in TIME_WORDS or word in NUMBER_WORDS or word[0].isdigit()


def is_wish_of_others(part: Focus) -> bool:
    """Whether it is what somebody else wants: "the children want to bring their phones"."""
    return any(
        (
            (word in ("would", "he'd", "she'd", "they'd") and following in _OFFERED)
            or (word == "want" and following == "to")
            or word in ("wants", "demands")
            or (word in ("asking", "ask", "asks", "asked") and following == "for")
        )
        and words[place - 1] not in WANTING
        and place > 0
        for words in (clause.words for clause in part.clauses)
        for place, (word, following) in enumerate(pairwise(words))
    )


def is_offered_by_others(part: Focus) -> bool:
    """Whether it is only what somebody else offers or demands: "the other side offered eighteen thousand"."""
    return any(
        word in OFFERING
        and words[place - 1].partition("'")[0] not in ("i", "we", "was", "were", "been", "be", "the", "a", "to")
        for words in (clause.words for clause in part.clauses)
        for place, word in enumerate(words)
        if place
    ) and not {"accept", "accepted", "take", "took", "agreed"} & set(part.words)


def is_undecided(part: Focus, content: Collection[str]) -> bool:
    """Whether the words are what is still to be decided, asked or found out: "we must decide whether we move"."""
    words = part.clause.words
    at = list(part.clauses).index(part.clause)
    before = part.clauses[at - 1].words[-1] if at else ""
    if before == "whether" or (words[:1] == ("if",) and before in WONDERING):
        return True
    if "whether" not in words:
        return False
    return not set(part.clause.stems[: words.index("whether")]) & frozenset(content)


def is_open(part: Focus) -> bool:
    """Whether it is a question or an idea."""
    return _asks(part) or part.has(SHOULD) or _is_hypothetical(part) or is_wish_of_others(part)


def _asks(part: Focus) -> bool:
    sentence = part.sentence
    if sentence.question:
        return part.ends_the_sentence
    words = sentence.words
    unpunctuated = not sentence.text.rstrip().endswith((".", "!"))
    return (
        unpunctuated
        and len(words) > 2
        and words[0] in ASKING
        and words[1] in ("you", "somebody", "someone", "anybody", "anyone", "we")
    )


def is_price(part: Focus, wording: Wording) -> bool:
    """Whether the deed is only what something costs or takes: "Repair is six and a half thousand, a new one thirty"."""
    wanted = frozenset(wording.content)
    if numbers_of(wording.plain, claim=True):
        return False
    return any(
        clause.stems[0] in wanted
        and clause.words[1] in _COSTS
        and (clause.words[2][0].isdigit() or clause.words[2] in NUMBER_WORDS)
        for clause in part.clauses
        if len(clause.words) > 2
    )


def is_taken_back(part: Focus) -> bool:
    """Whether what follows "but" takes the part back: "I'd repaint it, but the budget is gone"."""
    if not part.rest:
        return False
    rest = [word for clause in part.rest for word in clause.words]
    if has_phrase(rest, TURNED) or (part.has(FORMERLY) and part.rest[0].words[0] == "but"):
        return True
    wishing = part.has(WISHING) and not promises_itself(part)
    return wishing and not any(has_phrase(clause.words, FIRM) for clause in part.rest)

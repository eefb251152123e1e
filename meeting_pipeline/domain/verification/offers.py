"""What the quoted words answer: an offer ("Should I write to them?" "Yes, do."), or a question for ideas.

Must not go here: whether an answer accepts (``replies.py``).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.antecedents import follows_a_question, preceding_words
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.replies import answer
from meeting_pipeline.domain.verification.words import Sentence
from meeting_pipeline.domain.word_sets import phrases, word_set


def offered_by(meeting: Meeting, own: Sequence[Sentence]) -> str | None:
    """The label of who offered what the quote accepts: "Should I write to them?" "Yes, do."; ``None`` if nobody did."""
    question = next(iter(preceding_words(meeting, own)[-1:]), None)
    first = min(own, key=lambda sentence: sentence.order)
    if question is None or not _offers(question.words) or not first.words:
        return None
    if answer(first, question.stems, minding="mind" in question.words) is not True:
        return None
    return None if any({"i", "i'll", "i'm"} & set(sentence.words) for sentence in own) else question.speaker


def suggests(meeting: Meeting, own: Sequence[Sentence]) -> bool:
    """Whether the quote answers a question for ideas: "What do you suggest?" "A mirror and a speed limit."."""
    question = next(iter(preceding_words(meeting, own)[-1:]), None)
    return (
        question is not None
        and follows_a_question(meeting, own)
        and question.words[:1] in (["what"], ["any"], ["which"], ["how"])
        and bool(_SUGGESTING & set(question.words))
    )


_SUGGESTING: Final = word_set("suggest propose recommend ideas idea think prefer like suggestions proposals")


def _offers(words: Sequence[str]) -> bool:
    """Whether a question offers to do something: "shall I write to them", not "can I have it"."""
    text = f" {' '.join(words)} "
    if any(f" {phrase} " in text for phrase in _OFFERS):
        return True
    return any(
        pair in _MAY
        and words[place + 2 : place + 3] not in (["have"], ["get"], ["see"], ["ask"], ["borrow"], ["expect"])
        for place, pair in enumerate(pairwise(words))
    )


_OFFERS: Final = phrases("want me to / like me to / need me to / i could / am i to / would it help if i")
_MAY: Final = frozenset((verb, "i") for verb in ("should", "shall", "can", "could", "may", "do"))

"""What short words refer back to: "Okay, we lease" to the question before, "him" to the person who was mentioned.

Belongs here: finding the sentences before a quote that its words need. Must not go here: whether words point back (``texts.py``),
who answers a request (``replies.py``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.wordlists import STOP_WORDS
from meeting_pipeline.domain.verification.words import Sentence, content_stems

_TURN_SENTENCES: Final = 3
"""Sentences of the turn before that an answer is about; people ask at the end of a long turn."""


def antecedents(meeting: Meeting, own: Sequence[Sentence]) -> list[Sentence]:
    """The sentences before the quoted ones in which a pronoun or an answer may have its meaning, in order.

    At most ``policies.ANTECEDENT_SENTENCES``, from ``policies.ANTECEDENT_SEGMENTS`` segments.
    """
    found: list[Sentence] = []
    for sentence in _before(meeting, own):
        found.append(sentence)
        if len(found) == policies.ANTECEDENT_SENTENCES:
            break
    return found[::-1]


def preceding_words(meeting: Meeting, own: Sequence[Sentence]) -> list[Sentence]:
    """The last words of who spoke just before: what an answer accepts, declines or completes.

    Words that say nothing ("Hm.", "Okay.") are passed over, so that an answer may come after them.
    """
    found: list[Sentence] = []
    speaker: str | None = None
    for sentence in _before(meeting, own):
        if sentence.speaker == own[0].speaker:
            if found:
                break
            continue
        if found and (sentence.speaker != speaker or sentence.segment != found[-1].segment):
            break
        if not content_stems(sentence.tokens) and set(sentence.words) <= STOP_WORDS:
            continue
        speaker = sentence.speaker
        found.append(sentence)
        if len(found) == _TURN_SENTENCES:
            break
    return found[::-1]


def follows_a_question(meeting: Meeting, own: Sequence[Sentence]) -> bool:
    """Whether the words just before the quoted ones are a question or a request of somebody else."""
    first = min(own, key=lambda sentence: sentence.order)
    before = next(_before(meeting, own), None)
    if before is None or before.speaker == first.speaker:
        return False
    return before.question or "please" in before.words


def _before(meeting: Meeting, own: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences before the first quoted one, the nearest first."""
    first = min(own, key=lambda sentence: sentence.order)
    yield from (one for one in reversed(meeting.sentences(first.segment)) if one.order < first.order)
    for index in range(first.segment - 1, first.segment - 1 - policies.ANTECEDENT_SEGMENTS, -1):
        yield from reversed(meeting.sentences(index))

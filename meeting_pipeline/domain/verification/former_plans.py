"""What was the plan or the custom until now: "it was to be on the eighteenth", "we always said oak, but this time ...".

Must not go here: what was done (``done.py``), what is taken back later (``later.py``).
"""

from collections.abc import Sequence

from meeting_pipeline.domain.verification.commitment_phrases import CUSTOMS, PLANS_OF_BEFORE, TURNS
from meeting_pipeline.domain.verification.focus import Focus
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import Sentence
from meeting_pipeline.domain.word_sets import has_phrase


def is_former(meeting: Meeting, part: Focus, own: Sequence[Sentence], wording: Wording) -> bool:
    """Whether the claim is a plan or a custom that the words tell as one of before."""
    return _was_so_before(meeting, part) or any(_is_old_plan(sentence, wording) for sentence in own)


def _is_old_plan(sentence: Sentence, wording: Wording) -> bool:
    """Whether the number of the claim is that of a plan that does not hold: "It was to be on the eighteenth"."""
    return has_phrase(sentence.words, PLANS_OF_BEFORE) and bool(numbers_of(sentence.text) & numbers_of(wording.plain))


def _was_so_before(meeting: Meeting, part: Focus) -> bool:
    """Whether it was the plan or the custom until now: "we always said oak. But this time we'll try French."."""
    if part.has(PLANS_OF_BEFORE):
        return True
    if not part.has(CUSTOMS):
        return False
    after = [one for one in meeting.sentences(part.sentence.segment) if part.sentence.order < one.order][:2]
    rest = [word for clause in part.rest for word in clause.words]
    return has_phrase([*rest, *(word for one in after for word in one.words)], TURNS)

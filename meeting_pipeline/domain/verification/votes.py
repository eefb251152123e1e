"""Motions that are put to the vote: "all in favour?", "the motion carries".

Must not go here: answers of single people (``replies.py``).
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.replies import answer
from meeting_pipeline.domain.verification.reply_phrases import NO
from meeting_pipeline.domain.verification.words import Sentence
from meeting_pipeline.domain.word_sets import has_phrase, phrases

_CARRIED: Final = phrases("""
    motion carries / motion carried / motion is carried / motion passes / motion passed / motion is passed / carried
    unanimously / passed unanimously / approved unanimously / adopted unanimously / unanimous / it carries / it's
    carried / is carried / all in favour / all in favor / so carried / so resolved / that's carried / motion is adopted
    / is adopted
    """)
_LOST: Final = phrases("""
    motion fails / motion failed / motion is lost / motion is defeated / voted down / doesn't carry / does not carry /
    not carried / is rejected / is defeated / motion is withdrawn / withdraw the motion / no majority
    """)


def carried(meeting: Meeting, own: Sequence[Sentence]) -> bool:
    """Whether a motion was put to the vote here and carried: "all in favour?", "the motion carries"."""
    last = max(own, key=lambda sentence: sentence.order)
    rest = [one for one in meeting.sentences(last.segment) if one.order > last.order]
    later = (one for i in range(1, policies.VOTE_SEGMENTS + 1) for one in meeting.sentences(last.segment + i))
    voted = False
    for sentence in (*own, *rest, *later):
        if has_phrase(sentence.words, _LOST):
            return False
        found = has_phrase(sentence.words, _CARRIED)
        if found and not sentence.question:
            return True
        if voted and sentence.words[:1] and sentence.words[0] in NO:
            return False
        if voted and answer(sentence, frozenset(), minding=False):
            return True
        voted = voted or found
    return False

"""Answers that deny what was just said: "That's not true, I spoke to them", "It isn't.".

Must not go here: answers to questions and requests (``replies.py``), what is taken back later (``later.py``).
"""

from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.wordlists import listed, phrases
from meeting_pipeline.domain.verification.words import Sentence

_DENYING: Final = phrases("""
    that's not true / that is not true / that isn't true / not true / that's wrong / that's not right / that's not correct /
    it isn't / it is not /
    they aren't / they don't / they won't / it won't / it doesn't / he isn't / she isn't / he didn't / she didn't /
    they didn't / nonsense / rubbish / that's a rumour / that's a rumor / rumours / no it isn't / no it's not / it's not
    """)
_LEADING: Final = listed("no well oh but actually um uh hm")
_SHORT: Final = 4
"""Words of an answer such as "It isn't"; a longer one must name what is not true."""


def is_denied_next(meeting: Meeting, sentence: Sentence) -> bool:
    """Whether somebody else denies it in the next sentence."""
    last = meeting.sentences(sentence.segment)[-1:]
    if sentence.question or last != (sentence,):
        return False
    following = meeting.sentences(sentence.segment + 1)[:1]
    return any(one.speaker != sentence.speaker and _denies(one) for one in following)


def _denies(answer: Sentence) -> bool:
    words = answer.words
    start = next((place for place, word in enumerate(words) if word not in _LEADING), len(words))
    text = " ".join(words[start:])
    for phrase in _DENYING:
        if text == phrase or (
            text.startswith(f"{phrase} ") and ("true" in phrase or "wrong" in phrase or "right" in phrase)
        ):
            return True
        if text.startswith(f"{phrase} ") and len(words) - start <= _SHORT:
            return True
    return False

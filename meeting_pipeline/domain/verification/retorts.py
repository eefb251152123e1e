"""Answers that deny what was just said: "It isn't", "That's not true, I spoke to them".

Must not go here: answers to questions and requests (``replies.py``), what is taken back later (``later.py``).
"""

from itertools import takewhile
from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.words import MARKS, Sentence
from meeting_pipeline.domain.word_sets import phrases, word_set

_FALSE: Final = phrases("""
    that's not true / that is not true / that isn't true / not true / that's wrong / that's not right / that's not correct
    """)
"""They deny whatever was said, and may go on: "That's not true, I spoke to them"."""
_GOSSIP: Final = phrases("nonsense / rubbish / that's a rumour / that's a rumor / rumours")
_NOT_SO: Final = phrases("""
    it isn't / it is not / they aren't / they don't / they won't / it won't / it doesn't / he isn't / she isn't / he didn't /
    she didn't / they didn't / it's not
    """)
"""They deny only what was said without a "not": "It isn't locked." "No, it isn't." agree."""
_LEADING: Final = word_set("no well oh but actually um uh hm")
_TRAILING: Final = word_set("true right wrong correct at all really actually anymore")
"""A denial may end with them; other words it must have from what it denies, or it says something else: "It's not cheap"."""
_SHORT: Final = 4
"""Words of an answer such as "It isn't"; a longer one must name what is not true."""
_FAILING: Final = word_set(
    "refuse refuses refused fail fails failed stop stops stopped hardly barely rarely seldom scarcely"
)
"""They say "not" without the word: "They refuse to pay." "They won't." agree."""


def is_denied_next(meeting: Meeting, sentence: Sentence) -> bool:
    """Whether somebody else denies it in the next sentence."""
    last = meeting.sentences(sentence.segment)[-1:]
    if sentence.question or last != (sentence,):
        return False
    following = meeting.sentences(sentence.segment + 1)[:1]
    return any(one.speaker != sentence.speaker and _denies(one, sentence) for one in following)


def _denies(answer: Sentence, sentence: Sentence) -> bool:
    words = answer.words
    start = next((place for place, word in enumerate(words) if word not in _LEADING), len(words))
    text = " ".join(words[start:])
    if answer.question or {"either", "neither"} & set(words):
        return False
    if any(text == phrase or text.startswith(f"{phrase} ") for phrase in _FALSE) or _head(answer) in _GOSSIP:
        return True
    if len(words) - start > _SHORT or _is_negative(sentence):
        return False
    known = _TRAILING | set(sentence.words)
    return any(
        text == phrase or (text.startswith(f"{phrase} ") and known.issuperset(text.removeprefix(phrase).split()))
        for phrase in _NOT_SO
    )


def _head(answer: Sentence) -> str:
    """The words up to the first comma: "Nonsense, I was there", but not "Rubbish is collected on Friday"."""
    tokens = answer.tokens
    start = next((place for place, token in enumerate(tokens) if token not in _LEADING | MARKS), len(tokens))
    return " ".join(takewhile(lambda token: token not in MARKS, tokens[start:]))


def _is_negative(sentence: Sentence) -> bool:
    return bool(_FAILING & set(sentence.words)) or any(clause.strong for clause in clauses_of(sentence.tokens))

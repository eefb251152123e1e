"""Jokes and postponed matters: "only kidding" right after it, "very funny" from somebody else, "is deferred to the spring".

Must not go here: ideas and wishes that were meant (``commitment.py``).
"""

from collections.abc import Collection
from typing import Final

from meeting_pipeline.domain.verification.focus import Focus
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

_JOKING: Final = phrases("""
    kidding / joking / just a joke / only a joke / as a joke / that was a joke / it was a joke / i jest / not serious /
    not seriously / not being serious / in jest / pulling your leg / sarcasm / being sarcastic / april fool / just teasing
    / ha ha / haha / lol / i don't mean it / didn't mean it / i don't mean that / didn't mean that
    """)
_LAUGHING: Final = phrases("""
    very funny / good one / funny / you wish / in your dreams / dream on / hilarious / ha ha / haha / nice try / stop
    joking / be serious / seriously though / jokes aside / joking aside / dreaming
    """)
_DEFERRED: Final = phrases("""
    is deferred / was deferred / deferred to / deferred until / is tabled / was tabled / is adjourned / is postponed /
    put off / leave that open / leave it open / left open / park that / park it / parked / comes back / come back to /
    pick that up again / stays open / remains open / is still open / not decided / until further notice / on the back
    burner / revisit / talk about / discuss / think about / leave that for / leave it for / shelved
    / leave that until / leave it until / leave that till / leave it till / wait with that / wait with it
    """)
_ADMITS_DELAY: Final = frozenset(
    stem(word)
    for word in word_set("""
        postpone defer delay wait hold leave park keep table later revisit shelve stay open not no put discuss talk check
        meet review think consider
    """)
)


def is_joke(meeting: Meeting, focus: Focus) -> bool:
    """Whether the speaker takes it for a joke at once, or the next one laughs at it."""
    sentence = focus.sentence
    tokens = sentence.tokens
    laughing = any(token in ("ha",) and tokens[place - 1 : place] in ([], [","]) for place, token in enumerate(tokens))
    if laughing or has_phrase(sentence.words, _JOKING):
        return True
    after = [one for one in meeting.sentences(sentence.segment) if one.order > sentence.order][:2]
    if any(len(one.words) <= 6 and has_phrase(one.words, _JOKING) for one in after):
        return True
    answers = meeting.sentences(sentence.segment + 1)[:1]
    return any(
        one.speaker != sentence.speaker and has_phrase(one.words[:4], _LAUGHING) and len(one.words) <= 5
        for one in answers
    )


def is_deferred(focus: Focus, content: Collection[str]) -> bool:
    """Whether the words put the matter off and the claim does not say so."""
    return focus.has(_DEFERRED) and not _ADMITS_DELAY & set(content)

"""Requests that are answered with what was done before, as in "Order the seal" and "Ordered this morning".

Must not go here: clauses that say so themselves (``done.py``), answers that accept or decline (``replies.py``).
"""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.done import is_past
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.replies import following, promises
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.words import Sentence
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

_BEFORE: Final = word_set(
    "yes yeah yep well oh i i've we we've already just all it's that's is was been it that they've have had"
)
_LATELY: Final = phrases("""
    already / this morning / this afternoon / last night / last week / yesterday / earlier / the other day / on monday /
    on tuesday / on wednesday / on thursday / on friday / before lunch / an hour ago / ages ago / days ago / just now /
    before the meeting
    """)
_STANDING: Final = phrases(
    "already done / it's done / that's done / been done / is done / all done / already did / i did already"
)
_POINTING: Final = frozenset(("it", "that", "them", "so", "those", "this"))
_OPEN: Final = word_set("will i'll we'll going shall must should need needs to")


def answered_done(meeting: Meeting, own: Sequence[Sentence], content: Sequence[str]) -> Sentence | None:
    """The sentence with which somebody answers that it has been done; ``None`` if nobody does."""
    last = max(own, key=lambda sentence: sentence.order)
    for sentence in following(meeting, own):
        if sentence.speaker == last.speaker or sentence.question:
            return None
        if _tells_it(sentence.words, content):
            return sentence
        if len(sentence.words) > 2:
            return None
    return None


def _tells_it(words: Sequence[str], content: Collection[str]) -> bool:
    if _OPEN & set(words):
        return False
    at = next((place for place, word in enumerate(words) if word not in _BEFORE), len(words))
    if at == len(words):
        return False
    if has_phrase(words[:6], _STANDING):
        return True
    verb = next(iter(content), "")
    lately = has_phrase(words, _LATELY)
    if is_past(words[at]) and stem(words[at]) == verb:
        return lately or at + 1 == len(words)
    done = is_past(words[at]) or words[at] == "did"
    return done and lately and bool(at) and bool(_POINTING & set(words[at + 1 : at + 3]))


def only_asked_whether(meeting: Meeting, own: Sequence[Sentence], main: Sentence, content: Collection[str]) -> bool:
    """Whether it is the question whether something was done, and nobody promises to do it: "did you write to him?"."""
    if not main.question or not any(pair in _DID for pair in pairwise(main.words[:4])):
        return False
    about = main.stems | frozenset(content)
    return not any(promises(one, about) for one in (*own, *following(meeting, own)) if one is not main)


_DID: Final = frozenset(
    (verb, who)
    for verb in ("did", "have", "has", "didn't", "haven't")
    for who in ("you", "we", "anybody", "anyone", "somebody", "he", "she")
)

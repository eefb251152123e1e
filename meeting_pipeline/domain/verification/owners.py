"""Who a task belongs to: who says "I", who is asked by name, who offered it.

Must not go here: whether a person takes part at all (``people.py``), tasks that somebody else takes over later
(``reassigned.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.named_in_requests import AS_SUBJECT, is_third_person, named_in
from meeting_pipeline.domain.verification.offers import offered_by
from meeting_pipeline.domain.verification.people import best_sentence, is_called, person_reason
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.replies import answer_to, following
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.words import MARKS, UNITS, Sentence, tokens_of
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

_I: Final = frozenset(("i", "i'll", "i'm", "i'd", "i've", "me", "myself", "mine"))
_FIRST: Final = frozenset(("i", "i'll", "i'm"))
_ASKED: Final = word_set("you somebody someone anybody anyone")
_DUTY: Final = word_set("""
    will can could should need must have please are would to take do
    """)


def owner_reason(
    meeting: Meeting, owner: str, own: Sequence[Sentence], near: Sequence[Sentence], content: Collection[str]
) -> str | None:
    """Why the owner of a task is not supported; ``None`` if it is."""
    known = person_reason(meeting, owner, near, mentioned=True)
    if known is not None:
        return known
    main = best_sentence(own, content)
    if main is None:
        return None
    offered = offered_by(meeting, own)
    if offered is not None and owner in meeting.labels:
        return None if owner == offered else "owner_is_another"
    part = _part(main, content)
    if owner == main.speaker and _is_of_others(part, content):
        return "owner_is_another"
    subjects = named_in(meeting, part) or ([] if part is not main and _first_person(part) else named_in(meeting, main))
    if _is(meeting, owner, subjects):
        return None
    others = [person for person in subjects if person != main.speaker]
    if others and not _first_person(part):
        if any(person in meeting.labels for person in others):
            return "owner_is_another"
        return None if answer_to(meeting, own) == owner or _answers(own, owner) else "owner_is_another"
    if _first_person(part):
        return (
            None
            if owner == main.speaker or is_called(meeting, owner, main.speaker) or _answers(own, owner)
            else "owner_is_another"
        )
    return _asked_reason(meeting, owner, own, main)


def _asked_reason(meeting: Meeting, owner: str, own: Sequence[Sentence], main: Sentence) -> str | None:
    """Why somebody else than the owner is asked to do it; ``None`` if nobody else is."""
    if owner != main.speaker and _orders_it(meeting, own, owner):
        return "owner_is_another"
    answered = answer_to(meeting, own) if _asks_another(main) else None
    if _asks_another(main) and owner == main.speaker:
        return None if answered == owner else "owner_is_another"
    return None if answered is None or answered == owner or owner not in meeting.labels else "owner_is_another"


def _part(sentence: Sentence, content: Collection[str]) -> Sentence:
    """The clause that says it, as its own sentence; the whole sentence if no clause says it alone."""
    wanted = frozenset(content)
    clauses = clauses_of(sentence.tokens)
    verb = frozenset(list(content)[:1])
    best = max(
        clauses,
        key=lambda clause: (
            bool(set(clause.stems) & verb),
            len(wanted & set(clause.stems)),
            bool(_FIRST & set(clause.words)),
        ),
        default=None,
    )
    if best is None or not wanted & set(best.stems):
        return sentence
    if not (_FIRST | AS_SUBJECT) & set(best.words) and not any(is_third_person(word) for word in best.words[1:3]):
        return sentence
    raw = [token for token in tokens_of(sentence.text, fold=False) if token not in MARKS and token not in UNITS]
    return replace(sentence, text=" ".join(raw[best.start : best.start + len(best.words)]))


def _is_of_others(part: Sentence, content: Collection[str]) -> bool:
    """Whether it is what "she", "he" or "they" will do, right before the verb: "she'll bring the papers"."""
    wanted, words = frozenset(content), part.words
    for place, word in enumerate(words):
        who, _, short = word.partition("'")
        following = words[place + 1 : place + 2]
        if who not in _OTHERS or not (short in ("ll", "re", "s") or (following[:1] and following[0] in _WILL)):
            continue
        ahead = words[place + 1 : place + 5]
        if any(stem(one) in wanted or one in ("come", "go") for one in ahead) and not _FIRST & set(words[place:]):
            return True
    for place in range(2, len(words) - 1):
        ahead = words[place + 1 : place + 4]
        does = any(stem(one) in wanted or one in ("take", "taking", "do", "doing") for one in ahead)
        if does and words[place - 2] in _POSSESSIVE and words[place] in _WILL and not _FIRST & set(words):
            return True
    return False


_POSSESSIVE: Final = frozenset(("my", "our", "his", "her", "their", "your"))
_OTHERS: Final = frozenset(("he", "she", "they"))
_WILL: Final = word_set("will would can could should shall must is are has have needs need want wants plan plans")


def _first_person(sentence: Sentence) -> bool:
    """Whether the sentence is about what its speaker does: "I will", not "I'd like you to"."""
    pairs = pairwise(sentence.words)
    if any(one in ("want", "need", "like", "ask") and other in _ASKED for one, other in pairs):
        return False
    for clause in clauses_of(sentence.tokens):
        words = clause.words
        for place, word in enumerate(words):
            if word in _I - {"me", "mine"} and (
                place == 0 or words[place - 1] not in ("do", "can", "should", "must", "if", "that")
            ):
                return True
    return has_phrase(sentence.words, _MYSELF)


def _asks_another(sentence: Sentence) -> bool:
    words = sentence.words
    if "please" in words or (sentence.question and (_ASKED & set(words) or words[:1] == ["who"])) or _orders(words):
        return True
    pairs = pairwise(words)
    return any(
        (one in _ASKED and other in _DUTY)
        or (one in ("want", "need", "like", "ask") and other in _ASKED)
        or (one == "you'll" and other not in ("have", "get"))
        for one, other in pairs
    )


def _orders(words: Sequence[str]) -> bool:
    """Whether the sentence tells somebody to do something for its speaker: "Rosa, send me the draft"."""
    place = next((at for at, word in enumerate(words[:4]) if word == "me" and at), 0)
    return (
        place > 0
        and words[place - 1] not in _BEFORE_ME
        and not _SUBJECTS & {one.partition("'")[0] for one in words[:place]}
    )


_MYSELF: Final = phrases("let me / from me")
"""They make the speaker the one who does it: "you'll get the texts from me"."""
_BEFORE_ME: Final = word_set("let excuse trust believe to for with from of at about ask forgive like")
_SUBJECTS: Final = word_set("i we he she they it that this you what who which and")


def _orders_it(meeting: Meeting, own: Sequence[Sentence], owner: str) -> bool:
    """Whether the owner answers with an order to do it: "Lovely. Do it.", and so is not the one who does it."""
    return any(
        one.speaker == owner
        and has_phrase(one.words[:3], ("do it", "do that", "go ahead", "please do"))
        and len(one.words) <= 5
        for one in following(meeting, own)
    )


def _answers(own: Sequence[Sentence], owner: str) -> bool:
    """Whether the quote itself holds the owner's answer to somebody else."""
    return (
        len({sentence.speaker for sentence in own}) > 1
        and max(own, key=lambda sentence: sentence.order).speaker == owner
    )


def _is(meeting: Meeting, owner: str, people: Sequence[str]) -> bool:
    words = set(tokens_of(owner)) if owner not in meeting.labels else {owner, *meeting.called(owner)}
    return any(person == owner or person in words for person in people)

"""Conditions in sentences that a summary retells: "If it rains, the parade moves into the hall" does not say that it moves.

Must not go here: conditions of tasks and decisions (``conditions.py``).
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.verification.done import is_past
from meeting_pipeline.domain.verification.focus import focus
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.polarity import Clause
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import HELPERS, TIME_WORDS
from meeting_pipeline.domain.verification.words import MARKS, UNITS, Sentence
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

MARKERS: Final = frozenset(("if", "unless", "when", "once", "depends", "depending", "provided"))
_TIMES: Final = frozenset(("when", "once"))
"""With what is past they tell a time: "when I called the bank they confirmed it"."""
_DEPENDING: Final = frozenset(("depends", "depending"))
_JOINING: Final = frozenset(("and", "but", "so", "or"))
_ASKING: Final = word_set("""
    ask asks asked asking wonder wonders wondered know knows knew see check checked find out test tell told tells decide say
    confirm verify sure remember
    """)
"""Before "if" they begin a question that somebody only tells of."""
_ASKED_BEFORE: Final = 3
"""Words before "if" among which they are: "I asked the bank if"."""
_POLITE: Final = phrases("""
    if you ask me / if you like / if you want / if you will / if you don't mind / if you remember / if i remember / if i may /
    if i'm honest / if i'm right / if i recall / if i'm not mistaken / if possible / if necessary / if needed / if it's ok /
    if it's okay / if it's fine with / if it's all right with / if it's alright with / if that's ok / if that's okay /
    if that's fine / if that's all right / if that's alright / if nobody minds / if nobody objects
    """)
"""They make nothing depend on anything."""
_ONCE_MORE: Final = word_set("more a an again per every in or before upon")
_BEFORE_ONCE: Final = word_set("at for only just than even not")
_PAST: Final = word_set("""
    was were wasn't weren't had hadn't did didn't saw took knew drew grew flew threw ran sang rang drank blew broke shook stuck
    woke
    """)
_BEFORE_PARTICIPLES: Final = word_set(
    "is are be been being get gets have has i've we've they've you've it's that's to not"
)
"""A participle after them is none of the past: "once the roof is finished"."""
_SPEAKING: Final = frozenset(("i", "i'm", "i've"))
"""Speakers say of themselves when they do it: "I'll call the plumber when I get home"."""
_ASKS_WHEN: Final = word_set("do does did will can should")


def is_conditional(meeting: Meeting, sentence: Sentence, wording: Wording) -> bool:
    """Whether the clause that says most of the claim depends on a condition, in it or right beside it."""
    if not MARKERS & set(sentence.words):
        return False
    part = focus(sentence, wording.content)
    rest = part.rest[:1] if part.rest and part.rest[0].words[0] == "but" else ()
    if rest and rest[0].words == ("but", "only"):
        rest = part.rest[1:2]
    clauses = [*part.clauses, *rest]
    at = list(part.clauses).index(part.clause)
    if _depends(meeting, sentence, clauses, at, wording):
        return True
    opening = _opening(clauses, at)
    leading = opening >= 0 and not _is_added(sentence, clauses, at) and not _DEPENDING & set(clauses[opening].words)
    if leading and _conditions(clauses, opening, part.clause):
        return True
    after = clauses[at + 1 : at + 2]
    return bool(after) and part.clause.words[-1] not in _JOINING and _conditions(clauses, at + 1, part.clause)


def _is_added(sentence: Sentence, clauses: Sequence[Clause], at: int) -> bool:
    """Whether the clause begins with "and" after a comma: "If it rains we stay home, and the vans are insured"."""
    first = clauses[at - 1] if at and len(clauses[at - 1].words) == 1 else clauses[at]  # "and", "we will sell them"
    if first.words[0] not in _JOINING:
        return False
    places = [place for place, token in enumerate(sentence.tokens) if token not in MARKS and token not in UNITS]
    return first.start == 0 or sentence.tokens[places[first.start] - 1] in MARKS


def _opening(clauses: Sequence[Clause], at: int) -> int:
    """Where what leads to this clause begins: "if the bank agrees and it rains" may be two or three clauses."""
    opening = at - 1
    while opening > 0 and at - opening < _LEADING_CLAUSES and _goes_on(clauses[opening - 1], clauses[opening]):
        opening -= 1
    return opening


_LEADING_CLAUSES: Final = 3


def _goes_on(clause: Clause, following: Clause) -> bool:
    return following.words[0] == "and" or clause.words[-1] in ("and", "if")


def _depends(meeting: Meeting, sentence: Sentence, clauses: Sequence[Clause], at: int, wording: Wording) -> bool:
    """Whether the clause has a condition itself. A question that was told of, and answered with yes, is none."""
    asked = clauses[at].words[0] == "if" and _tells_of_a_question(clauses, at)
    if asked:
        return not _is_affirmed(meeting, sentence, clauses[at + 1 :])
    return _conditions(clauses, at, clauses[at])


def _conditions(clauses: Sequence[Clause], at: int, main: Clause) -> bool:
    """Whether a condition begins in the clause at this place. ``main``: the clause that would depend on it."""
    words = clauses[at].words
    earlier = clauses[at - 1].words if at else ()
    later = clauses[at + 1].words if len(words) == 1 and clauses[at + 1 :] else ()  # "if", "I'm right"
    past = _tells_of_the_past(words) or _tells_of_the_past(main.words)
    return any(
        _is_condition((*earlier, *words, *later), len(earlier) + place, past=past)
        for place, word in enumerate(words)
        if word in MARKERS and not (word == "if" and _tells_of_a_question(clauses, at))
    )


def _is_condition(words: Sequence[str], place: int, *, past: bool) -> bool:
    word = words[place]
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    if word in _TIMES:
        if past or before in TIME_WORDS or before in _ASKING or after in _SPEAKING:
            return False
        if word == "when":
            return after not in _ASKS_WHEN
        return bool(after) and after not in _ONCE_MORE and before not in _BEFORE_ONCE
    if word == "provided":
        return not before or after == "that"
    if word == "if":
        return before not in ("even", "as") and not has_phrase(words[place : place + 6], _POLITE)
    return True


def _tells_of_a_question(clauses: Sequence[Clause], at: int) -> bool:
    return at > 0 and bool(_ASKING & set(clauses[at - 1].words[-_ASKED_BEFORE:]))


def _is_affirmed(meeting: Meeting, sentence: Sentence, later: Sequence[Clause]) -> bool:
    """Whether it is answered right away: "I asked if the vans are insured, and they are"."""
    following = [one.words for one in meeting.sentences(sentence.segment) if one.order == sentence.order + 1]
    first = later[:2] if later and len(later[0].words) == 1 else later[:1]  # "and", "they are"
    answers = [[word for clause in first for word in clause.words]] if first else following
    return any(
        words[:1]
        and not any(word.endswith("n't") or word in ("not", "no") for word in words)
        and (words[-1] in HELPERS or "yes" in words)
        for words in answers
    )


def _tells_of_the_past(words: Sequence[str]) -> bool:
    return any(
        word in _PAST or (is_past(word) and (not place or words[place - 1] not in _BEFORE_PARTICIPLES))
        for place, word in enumerate(words)
    )

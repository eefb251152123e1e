"""The kind of statement: agreed, or only discussed.

Belongs here: how things are said. Must not go here: what is said (``support.py``), who says it (``people.py``), conditions
(``conditions.py``), answers (``replies.py``).
"""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.verification.commitment_phrases import (
    ASKED,
    ASKING,
    FIRM,
    FORMERLY,
    HABITS,
    HYPOTHETICAL,
    IDIOMS,
    OFFERING,
    OWN_WISHES,
    SHOULD,
    SOFTENING,
    SOME_DAY,
    TURNED,
    WANTING,
    WISHING,
    WONDERING,
)
from meeting_pipeline.domain.verification.conditions import is_conditional
from meeting_pipeline.domain.verification.countered import is_countered
from meeting_pipeline.domain.verification.done_in_answers import only_asked_whether
from meeting_pipeline.domain.verification.focus import Focus, focus, main_sentence
from meeting_pipeline.domain.verification.former_plans import is_former
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.offers import suggests
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.replies import agrees, answer_to, is_declined, promises
from meeting_pipeline.domain.verification.reported import decided_elsewhere, is_advice, is_direct_speech, is_reported
from meeting_pipeline.domain.verification.unserious import is_deferred, is_joke
from meeting_pipeline.domain.verification.votes import carried
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import NUMBER_WORDS, TIME_WORDS, has_phrase
from meeting_pipeline.domain.verification.words import Sentence


def commitment_reason(
    meeting: Meeting,
    own: Sequence[Sentence],
    wording: Wording,
    *,
    owner: str | None = None,
    decided_by: Sequence[str] | None = None,
    quote: str = "",
) -> str | None:
    """Why nobody committed to it: a condition, somebody else's words, a question or an idea that nobody agreed to.

    ``decided_by``: who decided, for a decision; ``None`` for a task.
    """
    if not own:
        return None
    content = wording.content
    main = main_sentence(own, content)
    part = focus(main, content, words_of(quote))
    said_so = _reason_in(meeting, part, wording, decided_by)
    if said_so is not None:
        return said_so
    if is_former(meeting, part, own, wording) or (
        decided_by is None and only_asked_whether(meeting, own, main, content)
    ):
        return "done_already"
    if is_countered(meeting, own, wording.plain, firm=_promises_itself(part)):
        return "only_discussed"
    if part.has(SOME_DAY) and not _promises_itself(part):
        return "only_discussed"
    agreed = _is_agreed(meeting, own, main, part, content)
    if agreed and decided_by is not None and len(own) == 1 and _wishes_of_others(part):
        agreed = answer_to(meeting, own, content) not in (None, main.speaker)  # "the band wants to play until two"
    wish = decided_by is not None and (part.has(OWN_WISHES) or _is_offered(part))
    advice = is_advice(part, content, words_of(quote))
    if wish or advice or _is_open(part) or suggests(meeting, own) or _is_undecided(part, content):
        return None if agreed and not _is_undecided(part, content) else _unless_settled(own, main, content)
    if decided_by is None and _asks_for_help(main, part) and not agreed:
        return "only_discussed"
    if decided_by is not None and not _is_request(main):
        return None
    by = owner if owner in meeting.labels else None
    assigned = _is_request(main) or (by is not None and by != main.speaker)
    return "only_discussed" if assigned and not agreed and is_declined(meeting, own, content, by=by) else None


def _reason_in(meeting: Meeting, part: Focus, wording: Wording, decided_by: Sequence[str] | None) -> str | None:
    """Why the part itself commits nobody, whatever is answered to it."""
    content = wording.content
    if part.has(HABITS):
        return "done_already"
    if is_conditional(meeting, part, wording):
        return "conditional"
    if (
        is_reported(part, content)
        or is_direct_speech(part.sentence, content)
        or (decided_by is not None and decided_elsewhere(part, content, _as_said(meeting, decided_by)))
    ):
        return "reported_speech"
    if decided_by is not None and _tells_the_price(part, wording):
        return "only_discussed"
    if part.has(IDIOMS) or _is_turned(part) or ("afford" in part.words and "afford" not in content):
        return "only_discussed"
    return (
        "only_discussed" if is_joke(meeting, part) or (decided_by is not None and is_deferred(part, content)) else None
    )


def _tells_the_price(part: Focus, wording: Wording) -> bool:
    """Whether the deed is only what something costs or takes: "Repair is six and a half thousand, a new one thirty"."""
    wanted = frozenset(wording.content)
    if numbers_of(wording.plain, claim=True):
        return False
    return any(
        clause.stems[0] in wanted
        and clause.words[1] in _COSTS
        and (clause.words[2][0].isdigit() or clause.words[2] in NUMBER_WORDS)
        for clause in part.clauses
        if len(clause.words) > 2
    )


_COSTS: Final = frozenset(("is", "costs", "takes", "was", "cost", "took"))


def _as_said(meeting: Meeting, people: Sequence[str]) -> list[str]:
    """The people with the words of their names, where they are speakers."""
    return [" ".join((person, *meeting.name_words.get(person, ()))) for person in people]


def _is_agreed(
    meeting: Meeting, own: Sequence[Sentence], main: Sentence, part: Focus, content: Collection[str]
) -> bool:
    about = main.stems | frozenset(content)
    if any(sentence is not main and agrees(sentence, main.speaker, about) for sentence in own):
        return True
    return _promises_itself(part) or answer_to(meeting, own, content) is not None or carried(meeting, own)


def _is_open(part: Focus) -> bool:
    """Whether it is a question or an idea."""
    return _asks(part) or part.has(SHOULD) or _is_hypothetical(part) or _wishes_of_others(part)


def _is_hypothetical(part: Focus) -> bool:
    """Whether it is an idea; "so let's say Thursday" is none."""
    if not part.has(HYPOTHETICAL):
        return False
    fixing = any(
        words[place : place + 2] == ("let's", "say") and words[place + 2 : place + 3] and _is_when(words[place + 2])
        for words in (clause.words for clause in part.clauses)
        for place in range(len(words))
    )
    return not fixing or part.has(SOFTENING)


def _is_when(word: str) -> bool:
    """Whether the word tells a time or a number."""
    return word in TIME_WORDS or word in NUMBER_WORDS or word[0].isdigit()


def _wishes_of_others(part: Focus) -> bool:
    """Whether it is what somebody else wants: "the children want to bring their phones"."""
    return any(
        (
            (word in ("would", "he'd", "she'd", "they'd") and following in _OFFERED)
            or (word == "want" and following == "to")
            or word in ("wants", "demands")
            or (word in ("asking", "ask", "asks", "asked") and following == "for")
        )
        and words[place - 1] not in WANTING
        and place > 0
        for words in (clause.words for clause in part.clauses)
        for place, (word, following) in enumerate(pairwise(words))
    )


_OFFERED: Final = frozenset(("sell", "give", "lend", "rent", "let", "take", "pay", "do", "help"))


def _is_offered(part: Focus) -> bool:
    """Whether it is only what somebody else offers or demands: "the other side offered eighteen thousand"."""
    return any(
        word in OFFERING
        and words[place - 1].partition("'")[0] not in ("i", "we", "was", "were", "been", "be", "the", "a", "to")
        for words in (clause.words for clause in part.clauses)
        for place, word in enumerate(words)
        if place
    ) and not {"accept", "accepted", "take", "took", "agreed"} & set(part.words)


def _is_undecided(part: Focus, content: Collection[str]) -> bool:
    """Whether the words are what is still to be decided, asked or found out: "we must decide whether we move"."""
    words = part.clause.words
    at = list(part.clauses).index(part.clause)
    before = part.clauses[at - 1].words[-1] if at else ""
    if before == "whether" or (words[:1] == ("if",) and before in WONDERING):
        return True
    if "whether" not in words:
        return False
    return not set(part.clause.stems[: words.index("whether")]) & frozenset(content)


def _unless_settled(own: Sequence[Sentence], main: Sentence, content: Collection[str]) -> str | None:
    """Whether another quoted sentence settles it: "We had to decide whether to move. We are moving."."""
    about = main.stems | frozenset(content)
    settled = any(one is not main and one.order > main.order and promises(one, about) for one in own)
    return None if settled else "only_discussed"


def _asks(part: Focus) -> bool:
    sentence = part.sentence
    if sentence.question:
        return part.ends_the_sentence
    words = sentence.words
    unpunctuated = not sentence.text.rstrip().endswith((".", "!"))
    return (
        unpunctuated
        and len(words) > 2
        and words[0] in ASKING
        and words[1] in ("you", "somebody", "someone", "anybody", "anyone", "we")
    )


def _asks_for_help(sentence: Sentence, part: Focus) -> bool:
    """Whether the sentence asks somebody to do it: "please", "you could", "someone has to"."""
    return not _promises_itself(part) and ("please" in sentence.words or part.has(ASKED))


def _is_request(sentence: Sentence) -> bool:
    words = sentence.words
    return "please" in words or (
        ("you" in words or "somebody" in words or "someone" in words) and not _is_firm(sentence)
    )


def _is_firm(sentence: Sentence) -> bool:
    return any(
        has_phrase(clause.words, FIRM) and not has_phrase(clause.words, SOFTENING)
        for clause in clauses_of(sentence.tokens)
    )


def _promises_itself(part: Focus) -> bool:
    """Whether the part is itself a promise, as in "I'll call them, okay?" and "Maybe tomorrow, but I will do it"."""
    return any(
        has_phrase(clause.words, FIRM) and not has_phrase(clause.words, SOFTENING) and not clause.refuses()
        for clause in part.clauses
    )


def _is_turned(part: Focus) -> bool:
    """Whether what follows "but" takes the part back: "I'd repaint it, but the budget is gone"."""
    if not part.rest:
        return False
    rest = [word for clause in part.rest for word in clause.words]
    if has_phrase(rest, TURNED) or (part.has(FORMERLY) and part.rest[0].words[0] == "but"):
        return True
    wishing = part.has(WISHING) and not _promises_itself(part)
    return wishing and not any(has_phrase(clause.words, FIRM) for clause in part.rest)

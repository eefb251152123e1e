"""The kind of statement: agreed, or only discussed.

Must not go here: what a part is by itself, such as a question (``modality.py``), what is said (``support.py``), who says it
(``people.py``), conditions (``conditions.py``), answers (``replies.py``).
"""

from collections.abc import Collection, Sequence

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.verification.advised import is_advice
from meeting_pipeline.domain.verification.commitment_phrases import (
    ASKED,
    FIRM,
    HABITS,
    IDIOMS,
    OWN_WISHES,
    SOFTENING,
    SOME_DAY,
)
from meeting_pipeline.domain.verification.conditions import is_conditional
from meeting_pipeline.domain.verification.countered import is_countered
from meeting_pipeline.domain.verification.done_in_answers import only_asked_whether
from meeting_pipeline.domain.verification.focus import Focus, focus, main_sentence
from meeting_pipeline.domain.verification.former_plans import is_former
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.modality import (
    is_offered_by_others,
    is_open,
    is_price,
    is_taken_back,
    is_undecided,
    is_wish_of_others,
    promises_itself,
)
from meeting_pipeline.domain.verification.offers import suggests
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.replies import agrees, answer_to, is_declined, promises
from meeting_pipeline.domain.verification.reported import decided_elsewhere, is_direct_speech, is_reported
from meeting_pipeline.domain.verification.unserious import is_deferred, is_joke
from meeting_pipeline.domain.verification.votes import carried
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import Sentence
from meeting_pipeline.domain.word_sets import has_phrase


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
    if is_countered(meeting, own, wording.plain, firm=promises_itself(part)):
        return "only_discussed"
    if part.has(SOME_DAY) and not promises_itself(part):
        return "only_discussed"
    agreed = _is_agreed(meeting, own, main, part, content)
    if agreed and decided_by is not None and len(own) == 1 and is_wish_of_others(part):
        agreed = answer_to(meeting, own, content) not in (None, main.speaker)  # "the band wants to play until two"
    wish = decided_by is not None and (part.has(OWN_WISHES) or is_offered_by_others(part))
    advice = is_advice(part, content, words_of(quote))
    if wish or advice or is_open(part) or suggests(meeting, own) or is_undecided(part, content):
        return None if agreed and not is_undecided(part, content) else _unless_settled(own, main, content)
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
    if decided_by is not None and is_price(part, wording):
        return "only_discussed"
    if part.has(IDIOMS) or is_taken_back(part) or ("afford" in part.words and "afford" not in content):
        return "only_discussed"
    return (
        "only_discussed" if is_joke(meeting, part) or (decided_by is not None and is_deferred(part, content)) else None
    )


def _as_said(meeting: Meeting, people: Sequence[str]) -> list[str]:
    """The people with the words of their names, where they are speakers."""
    return [" ".join((person, *meeting.name_words.get(person, ()))) for person in people]


def _is_agreed(
    meeting: Meeting, own: Sequence[Sentence], main: Sentence, part: Focus, content: Collection[str]
) -> bool:
    about = main.stems | frozenset(content)
    if any(sentence is not main and agrees(sentence, main.speaker, about) for sentence in own):
        return True
    return promises_itself(part) or answer_to(meeting, own, content) is not None or carried(meeting, own)


def _unless_settled(own: Sequence[Sentence], main: Sentence, content: Collection[str]) -> str | None:
    """Whether another quoted sentence settles it: "We had to decide whether to move. We are moving."."""
    about = main.stems | frozenset(content)
    settled = any(one is not main and one.order > main.order and promises(one, about) for one in own)
    return None if settled else "only_discussed"


def _asks_for_help(sentence: Sentence, part: Focus) -> bool:
    """Whether the sentence asks somebody to do it: "please", "you could", "someone has to"."""
    return not promises_itself(part) and ("please" in sentence.words or part.has(ASKED))


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

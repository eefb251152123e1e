"""Items of user-defined lists: whether their values are supported, and why not.

Must not go here: action items and decisions (``items.py``), reading answers (``insights/listed_answers.py``).
"""

from collections.abc import Iterable, Iterator
from datetime import date

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verification.basis import Basis, Source
from meeting_pipeline.domain.verification.due import says_day
from meeting_pipeline.domain.verification.instructions import is_instruction
from meeting_pipeline.domain.verification.mentioned_speakers import marked_reason
from meeting_pipeline.domain.verification.people import person_reason
from meeting_pipeline.domain.verification.support import reasons, unsaid_numbers
from meeting_pipeline.domain.verification.wording import Wording


def item_claim(
    source: Source, text: str, people: Iterable[str], *, whole: bool, day: date | None = None
) -> tuple[Evidence, tuple[str, ...]]:
    """Evidence of a value of a list that an installation defines itself, and why it does not hold.

    ``whole``: the text is a sentence that the words must support; otherwise a few words whose numbers and names were said.
    ``day``: a date that the quoted sentences must mean.
    """
    meeting, found = source.meeting, source.basis
    if found.quoted is None:
        return found.evidence, ("quote_not_found",)
    if not meeting.english:
        return found.evidence, ()
    unsaid = ("due_differs",) if day is not None and not says_day(found.own, day, meeting.context.meeting_date) else ()
    return found.evidence, unsaid + tuple(_listed_reasons(found, Wording(text), source.quote, people, whole=whole))


def unquoted_reasons(source: Source, texts: Iterable[str], days: Iterable[date]) -> tuple[str, ...]:
    """Why values without a quote are not supported: a number or day was not said near the item's evidence.

    ``texts``: values whose numbers count; ``days``: dates, which some words there must mean.
    """
    meeting, found = source.meeting, source.basis
    if found.quoted is None or not meeting.english:
        return ()
    said = found.said()
    near = [sentence for sentence in found.near if sentence not in found.own]
    numbers = any(unsaid_numbers(Wording(text), said) for text in texts)
    other_day = any(not says_day([*found.own, *near], day, meeting.context.meeting_date) for day in days)
    return (*(("number_not_said",) if numbers else ()), *(("due_differs",) if other_day else ()))


def _listed_reasons(found: Basis, wording: Wording, quote: str, people: Iterable[str], *, whole: bool) -> Iterator[str]:
    meeting, said = found.meeting, found.said()
    if any(is_instruction(meeting, sentence) for sentence in found.own):
        yield "instruction"
    yield from reasons(wording, said, share=policies.SUMMARY_SHARE)
    another = marked_reason(meeting, wording.text, found.own, found.near)
    if another is not None:
        yield another
    yield from filter(None, (person_reason(meeting, person, found.near, mentioned=True) for person in people))
    if found.quoted is not None:
        yield from (why for why in found.quoted.reasons(quote) if whole or why != "quote_too_short")

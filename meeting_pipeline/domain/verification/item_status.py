"""The status of an item at the end of the meeting, and the segment that says so.

Belongs here: done already, dropped, superseded. Must not go here: finding what takes something back (``later.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.verdicts import ItemStatus
from meeting_pipeline.domain.verification.basis import Basis
from meeting_pipeline.domain.verification.contradictions import best_clause
from meeting_pipeline.domain.verification.done import (
    describes_past,
    done_already,
    only_past,
    only_tells,
    stands_done,
)
from meeting_pipeline.domain.verification.done_in_answers import answered_done
from meeting_pipeline.domain.verification.later import Revocation
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import content_stems


@dataclass(frozen=True)
class FoundStatus:
    """What became of an item. ``reason``: why it is no fact any more; ``segment_id``: the segment that says so."""

    status: ItemStatus | None
    segment_id: int | None = None
    reason: str | None = None


UNKNOWN: Final = FoundStatus(None)
"""Of what the checks cannot read."""
_OPEN: Final = FoundStatus(ItemStatus.OPEN)


def status_of_task(found: Basis, wording: Wording, owner: str | None) -> FoundStatus:
    """The status of an action item. What somebody else says of their own work does not drop the owner's."""
    main = best_clause(wording.content, found.said())
    with_verb = list(_with_verb(found, wording))
    if any(done_already(clause, wording.content) for clause in (main, *with_verb)) or any(
        stands_done(clause, wording.content) for clause in with_verb
    ):
        place = next((sentence.segment for sentence in found.own if set(wording.content) & sentence.stems), None)
        return FoundStatus(ItemStatus.DONE, place, "done_already")
    if found.own and all(only_tells(sentence.words) and not sentence.question for sentence in found.own):
        return FoundStatus(ItemStatus.DONE, found.own[0].segment, "done_already")
    answer = answered_done(found.meeting, found.own, wording.content) if found.own else None
    if answer is not None:
        return FoundStatus(ItemStatus.DONE, answer.segment, "done_already")
    return _taken_back(found, wording, owner if owner in found.meeting.labels else None)


def status_of_decision(found: Basis, wording: Wording) -> FoundStatus:
    """The status of a decision."""
    main = best_clause(wording.content, found.said())
    quoted = main is not None and main.stems in found.said().own_clauses
    past = bool(found.own) and all(
        only_past(clauses_of(sentence.tokens), wording.content) and not sentence.question for sentence in found.own
    )
    if past or (_has_the_number(main, wording) and found.own and describes_past(main, wording.content, quoted=quoted)):
        return FoundStatus(ItemStatus.DONE, found.own[0].segment, "done_already")
    return _taken_back(found, wording, None)


def _has_the_number(main: Clause | None, wording: Wording) -> bool:
    """Whether the clause has a number of the claim, if it has any: "I was wrong about the launch. It's the eleventh."."""
    numbers = numbers_of(wording.plain, claim=True)
    return main is None or not numbers or bool(numbers & numbers_of(" ".join(main.words)))


def _taken_back(found: Basis, wording: Wording, owner: str | None) -> FoundStatus:
    back = _revocation(found, wording, owner)
    if back is None:
        return _OPEN
    status = ItemStatus.SUPERSEDED if back.replaces else ItemStatus.DROPPED
    return FoundStatus(status, back.sentence.segment, "taken_back")


def _revocation(found: Basis, wording: Wording, owner: str | None) -> Revocation | None:
    """What takes back later what the claim says, or what its quote says."""
    negated = any(clause.strong or clause.weak for clause in wording.clauses)
    back = found.meeting.taken_back
    numbers = numbers_of(wording.plain, claim=True)
    first = back.find(wording.content, found.own, negated=negated, owner=owner, numbers=numbers)
    if first is not None:
        return first
    main = best_clause(wording.content, found.said())
    quoted = content_stems(main.words) if main is not None and main.stems in found.said().own_clauses else []
    return back.find(quoted, found.own, negated=negated, owner=owner) if len(quoted) > 1 else None


def _with_verb(found: Basis, wording: Wording) -> Iterator[Clause]:
    """The quoted clauses that have the verb of the task."""
    for sentence in found.own:
        yield from (
            clause
            for clause in clauses_of(sentence.tokens)
            if wording.content[:1] and wording.content[0] in clause.stems
        )

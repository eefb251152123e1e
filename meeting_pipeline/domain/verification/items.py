"""The entry point: items and decisions, each with its verdict.

Belongs here: which checks apply to which kind of claim, and in which order their reasons are given. Must not go here: the checks.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.due_dates import plausible_date
from meeting_pipeline.domain.insight_results import ActionItem, Decision
from meeting_pipeline.domain.verification.basis import Basis, Source, verdict_on
from meeting_pipeline.domain.verification.commitment import commitment_reason
from meeting_pipeline.domain.verification.countered import is_countered
from meeting_pipeline.domain.verification.due import Due, check_due
from meeting_pipeline.domain.verification.instructions import is_instruction
from meeting_pipeline.domain.verification.item_status import UNKNOWN, FoundStatus, status_of_decision, status_of_task
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.mentioned_speakers import marked_reason
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.owners import owner_reason
from meeting_pipeline.domain.verification.people import first_person_reason, person_reason
from meeting_pipeline.domain.verification.reassigned import reassigned
from meeting_pipeline.domain.verification.shared_out import shares_exchanged
from meeting_pipeline.domain.verification.support import reasons
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import tokens_of


def action_item(
    source: Source, *, task: str, owner: str | None, due_words: str | None, due_date: str | None, candidate: bool
) -> ActionItem:
    """The action item with its verdict. A due date that does not hold is left out of it."""
    meeting, found = source.meeting, source.basis
    owner = _as_label(meeting, owner)
    wording = Wording(task)
    day = plausible_date(due_date, meeting.context.meeting_date)
    due = Due(due_words, day if due_words else None)
    found_status = UNKNOWN
    why: list[str] = []
    if found.quoted is None:
        why.append("quote_not_found")
        due = Due(None, None)
    elif meeting.english:
        due = check_due(
            due_words, day, meeting.context.meeting_date, found.own, found.near, wording.content,
            implausible=day is None and _is_date(due_date),
        )  # fmt: skip
        found_status = status_of_task(found, wording, owner)
        why.extend(_task_reasons(found, wording, source.quote, owner, due, found_status))
    return ActionItem(
        task=task,
        owner=owner,
        due_date=due.day,
        due_words=due.words,
        evidence=found.evidence,
        candidate=candidate,
        status=found_status.status,
        status_segment_id=found_status.segment_id,
        **verdict_on(meeting, why),
    )


def _task_reasons(
    found: Basis, wording: Wording, quote: str, owner: str | None, due: Due, found_status: FoundStatus
) -> Iterator[str]:
    meeting = found.meeting
    numbers = {*_numbers_of_day(due.day), *numbers_of(due.words or "")}
    said = found.said(numbers=numbers, names=[*_words_of_day(due.day), *_names_of(meeting, owner)])
    if any(is_instruction(meeting, sentence) for sentence in found.own):
        yield "instruction"
    if found_status.reason is not None:
        yield found_status.reason
    yield from _given(commitment_reason(meeting, found.own, wording, owner=owner, quote=quote))
    yield from reasons(wording, said, share=policies.SUPPORT_SHARE, own_share=policies.SUPPORT_OWN_SHARE, task=True)
    subject = owner if owner is not None else wording.subject
    if subject is not None:
        yield from _given(_owner_reason(found, subject, wording))
    alone = owner is None or owner == wording.subject
    yield from _given(marked_reason(meeting, wording.text, found.own, found.near, skip_subject=alone))
    if due.reason is not None:
        yield due.reason
    elif due.words and is_countered(meeting, found.own, due.words, firm=True):
        yield "due_differs"
    if found.quoted is not None:
        yield from found.quoted.reasons(quote)


def _owner_reason(found: Basis, owner: str, wording: Wording) -> str | None:
    reason = owner_reason(found.meeting, owner, found.own, found.near, wording.content)
    if reason is None and reassigned(found.meeting, owner, found.own, wording.content) is not None:
        return "owner_is_another"
    return reason


def _given(reason: str | None) -> Iterator[str]:
    if reason is not None:
        yield reason


def decision(source: Source, *, text: str, decided_by: Iterable[str], candidate: bool) -> Decision:
    """The decision with its verdict."""
    meeting, found = source.meeting, source.basis
    people = tuple(dict.fromkeys(_as_label(meeting, person) or person for person in decided_by))
    found_status = UNKNOWN
    why: list[str] = []
    if found.quoted is None:
        why.append("quote_not_found")
    elif meeting.english:
        found_status = status_of_decision(found, Wording(text))
        why.extend(_decision_reasons(found, Wording(text), source.quote, people, found_status))
        why.extend(_people_reasons(found, people, Wording(text).content))
    return Decision(
        decision=text,
        decided_by=people,
        evidence=found.evidence,
        candidate=candidate,
        status=found_status.status,
        status_segment_id=found_status.segment_id,
        **verdict_on(meeting, why),
    )


def _decision_reasons(
    found: Basis, wording: Wording, quote: str, people: Sequence[str], found_status: FoundStatus
) -> Iterator[str]:
    meeting, said = found.meeting, found.said()
    if any(is_instruction(meeting, sentence) for sentence in found.own):
        yield "instruction"
    if found_status.reason is not None:
        yield found_status.reason
    yield from _given(commitment_reason(meeting, found.own, wording, decided_by=people, quote=quote))
    yield from reasons(wording, said, share=policies.SUPPORT_SHARE, own_share=policies.SUPPORT_OWN_SHARE)
    yield from _given(marked_reason(meeting, wording.text, found.own, found.near))
    if shares_exchanged(meeting, wording.text, found.own):
        yield "speaker_is_another"
    if found.quoted is not None:
        yield from found.quoted.reasons(quote)


def _people_reasons(found: Basis, people: Sequence[str], content: Collection[str]) -> Iterator[str]:
    for person in people:
        reason = person_reason(found.meeting, person, found.near, mentioned=True)
        if reason is not None:
            yield reason
    reason = first_person_reason(found.meeting, people, found.own, content)
    if reason is not None:
        yield reason


def _as_label(meeting: Meeting, person: str | None) -> str | None:
    """The label of a person who is called by the name of exactly one speaker."""
    if person is None or person in meeting.labels:
        return person
    return meeting.label_of(person) or person


def _names_of(meeting: Meeting, person: str | None) -> Iterable[str]:
    if person is None:
        return ()
    return meeting.name_words.get(person, frozenset()) if person in meeting.labels else tokens_of(person)


def _numbers_of_day(day: date | None) -> tuple[str, ...]:
    return () if day is None else (str(day.day), str(day.month), str(day.year))


def _words_of_day(day: date | None) -> tuple[str, ...]:
    return () if day is None else (f"{day:%A}".casefold(), f"{day:%B}".casefold())


def _is_date(value: str | None) -> bool:
    try:
        return value is not None and date.fromisoformat(value.strip()) is not None
    except ValueError:
        return False

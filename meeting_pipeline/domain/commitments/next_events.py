"""What an item or a report of a meeting adds to a commitment: its next event.

Must not go here: which commitment it belongs to (``linking.py``, ``report_matching.py``).
"""

from datetime import date

from meeting_pipeline.domain.commitments.people import same_person
from meeting_pipeline.domain.commitments.values import CommitmentState, Event, Group, MeetingParts, Part, Report


def begun(part: Part, meeting: MeetingParts) -> Group:
    """A commitment that begins with this part."""
    state = _ended(part) or CommitmentState.OPEN
    event = _event(part, meeting, state, part.owner, part.due_date, part.due_words)
    return Group("", [part], [event], meeting.people)


def continued(group: Group, part: Part, meeting: MeetingParts) -> None:
    """A later meeting has the commitment as an item: with a later due date it slipped, with another owner it is handed over."""
    last = group.last
    owner = part.owner or last.owner
    due, due_words = (part.due_date, part.due_words) if part.due_date else (last.due_date, last.due_words)
    state = _ended(part)
    if state is None:
        state = last.state if not last.state.closed else CommitmentState.OPEN
        if _is_later(last.due_date, part.due_date):
            state = CommitmentState.SLIPPED
        if last.owner and part.owner and not same_person(last.owner, part.owner):
            state = CommitmentState.HANDED_OVER
    group.parts.append(part)
    group.events.append(_event(part, meeting, state, owner, due, due_words))
    group.people |= meeting.people


def reported(group: Group, report: Report, meeting: MeetingParts) -> None:
    """A sentence of a later meeting says what became of it."""
    last = group.last
    slipped = report.state is CommitmentState.SLIPPED
    group.events.append(
        Event(
            meeting.place,
            report.state,
            report.person or last.owner,
            report.due_date if slipped else last.due_date,
            report.due_words if slipped else last.due_words,
            report.segment,
            report.text,
        )
    )
    group.people |= meeting.people


def _ended(part: Part) -> CommitmentState | None:
    """What ended it within its own meeting."""
    return CommitmentState(part.status) if part.status in ("done", "dropped", "superseded") else None


def _is_later(before: date | None, after: date | None) -> bool:
    return before is not None and after is not None and after > before


def _event(
    part: Part, meeting: MeetingParts, state: CommitmentState, owner: str | None, due: date | None, due_words: str | None
) -> Event:  # fmt: skip
    first = part.segment_ids[0] if part.segment_ids else None
    segment = part.status_segment if part.status_segment is not None else first
    return Event(meeting.place, state, owner, due, due_words, segment, part.quote or part.text, part.part_id)

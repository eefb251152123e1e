"""Links the parts and reports of a series of meetings to commitments, from the first meeting to the last.

An item of a later meeting belongs to a commitment of an earlier one if it means the same task (``wording.py``), if the
owner is the same, is unknown on one side, or the words hand it over, and if neither has another partner. Edits by people take
precedence. A commitment that is over, or has not been mentioned for ``policies.COMMITMENT_DAYS``, gets no more items: the same
words then begin a new one. Must not go here: which meetings are a series (``series.py``), what is stored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.commitments.next_events import begun, continued, reported
from meeting_pipeline.domain.commitments.part_wording import part_wording
from meeting_pipeline.domain.commitments.people import hands_over, one_of_several, same_person
from meeting_pipeline.domain.commitments.report_matching import reports_with_groups
from meeting_pipeline.domain.commitments.values import EditsByPeople, Group, MeetingParts, Part, Standing
from meeting_pipeline.domain.commitments.wording import Wording, likeness

_LONGEST_SILENCE: Final = timedelta(days=policies.COMMITMENT_DAYS)
_COMPARED: Final = 6
"""Wordings of a commitment that are compared: the first and the latest."""


def linked(groups: Iterable[Group], meetings: Iterable[MeetingParts], said: EditsByPeople) -> list[Group]:
    """The commitments after these meetings. ``groups``: those of the meetings before; they are changed and returned too.

    A part that fits several commitments equally well begins a new one, and a person links it.
    """
    found, read = list(groups), _Wordings()
    for meeting in sorted(meetings, key=lambda one: one.place):
        _add_meeting(found, meeting, said, read)
    return found


class _Wordings:
    """How the commitments of one linking are worded. Each is read again only when it got another part."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Group, int, tuple[Wording, ...]]] = {}

    def of(self, group: Group) -> tuple[Wording, ...]:
        """The wordings that a part is compared with."""
        known = self._known.get(id(group))
        if known is None or known[1] != len(group.parts):
            compared = [*group.parts[:1], *group.parts[1:][-_COMPARED:]]
            # The group is kept, so that no other one gets its identity.
            known = group, len(group.parts), tuple(dict.fromkeys(part_wording(one) for one in compared))
            self._known[id(group)] = known
        return known[2]


def _add_meeting(groups: list[Group], meeting: MeetingParts, said: EditsByPeople, read: _Wordings) -> None:
    open_groups = [group for group in groups if _takes_more(group, meeting, said)]
    placed = _by_people(groups, meeting, said)
    free = [part for part in meeting.parts if part.part_id not in placed and part.part_id not in said.apart]
    free = [part for part in free if part.part_id not in said.joined]
    taken = {id(group) for group in placed.values()}
    available = [group for group in open_groups if id(group) not in taken]
    for part, group in _pairs(free, available, meeting.people, read):
        placed[part.part_id] = group
    for part in meeting.parts:
        known = placed.get(part.part_id)
        if known is not None:
            continued(known, part, meeting)
        elif part.standing is not Standing.TOLD:
            placed[part.part_id] = begun(part, meeting)
            groups.append(placed[part.part_id])
    for part in meeting.parts:  # parts that people joined to another part of the same meeting
        target = placed.get(said.joined.get(part.part_id, ""))
        own = placed.get(part.part_id)
        if target is not None and own is not None and own is not target and own.parts == [part]:
            groups.remove(own)
            continued(target, part, meeting)
            placed[part.part_id] = target
    mentioned = {id(group) for group in placed.values()}
    silent = [group for group in open_groups if id(group) not in mentioned]
    for report, group in reports_with_groups(meeting.reports, silent):
        reported(group, report, meeting)


def _takes_more(group: Group, meeting: MeetingParts, said: EditsByPeople) -> bool:
    """Whether a later meeting can say something of it."""
    day, last = meeting.place.day, group.last
    if day - last.place.day > _LONGEST_SILENCE:
        return False
    if last.state.closed and not any(part.part_id in said.reopened for part in group.parts):
        return False
    if said.closed and any(day > said.closed.get(part.part_id, day) for part in group.parts):
        return False
    return not (group.people and meeting.people) or _in_common(group.people, meeting.people)


def _in_common(one: frozenset[str], other: frozenset[str]) -> bool:
    return not one.isdisjoint(other) or any(same_person(a, b) for a in one for b in other)


def _by_people(groups: Sequence[Group], meeting: MeetingParts, said: EditsByPeople) -> dict[str, Group]:
    """The parts of this meeting that people joined to a commitment of an earlier one."""
    wanted = {part.part_id: said.joined[part.part_id] for part in meeting.parts if part.part_id in said.joined}
    if not wanted:
        return {}
    home = {part.part_id: group for group in groups for part in group.parts}
    return {part_id: home[target] for part_id, target in wanted.items() if target in home}


def _pairs(
    parts: Sequence[Part], groups: Sequence[Group], people: frozenset[str], read: _Wordings
) -> Iterator[tuple[Part, Group]]:
    """Parts with the commitment that they belong to: those that say the same first, then those of which one says more."""
    free_parts = {part.part_id: part for part in parts}
    free_groups = dict(enumerate(groups))
    fits = {part.part_id: _fits(part, free_groups, people, read) for part in parts}
    for level in (2, 1):
        partners = {
            part_id: [number for number, found in fits[part_id].items() if found >= level and number in free_groups]
            for part_id in free_parts
        }
        suitors: dict[int, int] = {}
        for numbers in partners.values():
            for number in numbers:
                suitors[number] = suitors.get(number, 0) + 1
        for part_id, numbers in partners.items():
            if len(numbers) == 1 and suitors[numbers[0]] == 1:
                yield free_parts.pop(part_id), free_groups.pop(numbers[0])


def _fits(part: Part, groups: Mapping[int, Group], people: frozenset[str], read: _Wordings) -> dict[int, int]:
    """The commitments that a part may belong to, with how well the words fit."""
    words = part_wording(part)
    found = {}
    for number, group in groups.items():
        if group.parts[0].insight is part.insight and (level := _fit(part, words, group, people, read.of(group))):
            found[number] = level
    return found


def _fit(part: Part, words: Wording, group: Group, people: frozenset[str], compared: Iterable[Wording]) -> int:
    level = 0
    for one in compared:  # most have no word in common
        if not one.core.isdisjoint(words.core):
            level = max(level, likeness(one, words))
    if not level:
        return 0
    owner = group.last.owner
    if owner and part.owner:
        same = same_person(owner, part.owner)
        if not same and not hands_over(part, owner):
            return 0
        if same and one_of_several(owner, part.owner, people | group.people):
            return 0
    if words.recurring and not (group.last.due_date and part.due_date and group.last.due_date >= part.due_date):
        return 0
    return level

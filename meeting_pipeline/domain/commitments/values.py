"""The values of commitments: parts, reports, events, and the commitment itself.

Must not go here: how they are found (``linking.py``), how they are stored (``store/commitments/``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from meeting_pipeline.domain.result_kinds import Insight


class CommitmentState(StrEnum):
    """What became of a commitment. ``slipped`` and ``handed_over`` ones are still to be done."""

    OPEN = "open"
    SLIPPED = "slipped"
    """It has a later due date than before."""
    HANDED_OVER = "handed_over"
    """It has another owner than before."""
    DONE = "done"
    DROPPED = "dropped"
    SUPERSEDED = "superseded"
    """Something else was put in its place."""

    @property
    def closed(self) -> bool:
        """Whether nothing is left to do."""
        return self in (CommitmentState.DONE, CommitmentState.DROPPED, CommitmentState.SUPERSEDED)


class Standing(StrEnum):
    """What an item of a meeting counts for."""

    FACT = "fact"
    """The words of the meeting confirm it, or a person does, or nothing was checked."""
    CANDIDATE = "candidate"
    """Not certain enough to be a fact: it stays marked."""
    TOLD = "told"
    """It was withheld only because it was done or taken back in that meeting: it can end a commitment, and begins none."""


@dataclass(frozen=True)
class Part:
    """An action item or decision of one meeting. ``owner``: a name; ``None`` if it is unknown who.

    ``part_id`` stays the same when the item gets another wording or id. ``status``: what became of it within that meeting.
    """

    part_id: str
    recording: str
    insight: Insight
    text: str
    owner: str | None = None
    due_date: date | None = None
    due_words: str | None = None
    quote: str = ""
    segment_ids: tuple[int, ...] = ()
    status: str | None = None
    status_segment: int | None = None
    standing: Standing = Standing.FACT


@dataclass(frozen=True)
class Report:
    """A sentence that tells what became of something. ``about``: the words that name it, if they are another sentence's.

    ``person``: who does it from now on; ``due_date``, ``due_words``: until when.
    """

    segment: int
    speaker: str | None
    text: str
    state: CommitmentState
    about: str = ""
    person: str | None = None
    due_date: date | None = None
    due_words: str | None = None


@dataclass(frozen=True, order=True)
class Place:
    """A meeting's place in its series: by day, then by recording."""

    day: date
    recording: str


@dataclass(frozen=True)
class MeetingParts:
    """What one meeting of a series has. ``people``: everybody who is known to take part."""

    place: Place
    parts: tuple[Part, ...] = ()
    reports: tuple[Report, ...] = ()
    people: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Event:
    """A meeting that says something of a commitment, with the words that say so. ``part_id``: the item there, if there is one."""

    place: Place
    state: CommitmentState
    owner: str | None
    due_date: date | None
    due_words: str | None
    segment: int | None
    words: str
    part_id: str | None = None


@dataclass
class Group:
    """A commitment: its parts in the order of their meetings, and what was said of it. ``commitment_id``: ``""`` if it is new."""

    commitment_id: str = ""
    parts: list[Part] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    people: frozenset[str] = frozenset()

    @property
    def last(self) -> Event:
        """The latest event."""
        return self.events[-1]


@dataclass(frozen=True)
class EditsByPeople:
    """What people said, which wins. ``joined``: part -> the part whose commitment it belongs to; ``apart``: parts that begin one.

    ``closed``: part -> the day from which its commitment is over; ``reopened``: parts whose commitment is not over.
    """

    joined: Mapping[str, str] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    closed: Mapping[str, date] = field(default_factory=dict)
    reopened: frozenset[str] = frozenset()

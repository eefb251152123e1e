"""Lists people over meetings, and reads one with its meetings.

The list adds up all rows of one index; ``docs/adr/0066-people-over-meetings.md`` says what that costs.
Must not go here: changing them (``editing.py``), their JSON (``api/schemas/people.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from meeting_pipeline.domain.people.identities import Identities, is_id
from meeting_pipeline.domain.people.names import identity_of, read_name
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.search_queries import tokens
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.people.deciding import all_identities
from meeting_pipeline.store.people.edit_rows import edits_of, has_names, unknown_person, version_of
from meeting_pipeline.store.tables import Commitment, PersonEditRow, PersonName, Recording

_FULL_NAME_WORDS: Final = 2
"""A name of two words, a first and a last one, is a full one; a third makes it no better."""


@dataclass(frozen=True)
class NameOf:
    """A name of a person, as the newest meeting writes it, with the number of meetings that have it."""

    name: str
    folded: str
    meetings: int


@dataclass(frozen=True)
class Person:
    """A person over all meetings. ``talk_ms``: how long it spoke in all of them; ``open``: action items that it has to do."""

    person_id: str
    name: str
    names: tuple[NameOf, ...]
    meetings: int
    talk_ms: int
    open: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class MeetingOf:
    """A meeting of a person. ``talk_ms``: ``None`` if it did not speak; ``names``: what it is called there."""

    recording: str
    title: str
    meeting_date: date
    series: str
    names: tuple[str, ...]
    talk_ms: int | None


@dataclass(frozen=True)
class PersonWithMeetings:
    """A person with their newest meetings and the edits of them. ``version`` counts these edits."""

    person: Person
    meetings: Sequence[MeetingOf]
    edits: Sequence[PersonEditRow]
    version: int
    others: Mapping[str, str]
    """The other people that the person's edits name: id -> name; without those that are in no meeting any more."""


@dataclass(frozen=True)
class After:
    """The place in the list after which the next page begins."""

    last_day: date
    person_id: str


@retrying
class People:
    """Repository of people, for reading."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def page(self, text: str, limit: int, after: After | None = None) -> tuple[list[Person], After | None]:
        """The next people, those seen last first; ``text``: only those with this in a name. Also the place after them."""
        with self._context.database.read() as session:
            known = all_identities(session)
            last = func.max(PersonName.meeting_date)
            query = _totals()
            if text:
                query = query.where(_called(known, text))
            if after is not None:
                place = and_(last == after.last_day, PersonName.person_id > after.person_id)
                query = query.having(or_(last < after.last_day, place))
            rows = session.execute(query.order_by(last.desc(), PersonName.person_id).limit(limit + 1)).all()
            found = _people(session, known, [tuple(row) for row in rows[:limit]])
        more = len(rows) > limit
        return found, After(found[-1].last_day, found[-1].person_id) if more and found else None

    def get(self, person_id: str, most_meetings: int = 100) -> PersonWithMeetings:
        """One with its newest meetings; of a merged person, the one that it is. Raises: PermanentError ``unknown_person``."""
        with self._context.database.read() as session:
            known = all_identities(session)
            person = known.end_of(person_id)
            if not is_id(person):
                raise unknown_person()
            rows = session.execute(_totals().where(PersonName.person_id == person)).all()
            if not rows:
                raise unknown_person()
            edits = edits_of(session, known, person)
            ids = {one for edit in edits for one in (edit.person_id, edit.other_id) if one} - {person}
            others = names_of(session, known, ids, PersonName.base_id) | names_of(session, known, ids)
            (found,) = _people(session, known, [tuple(row) for row in rows])
            meetings = _meetings(session, person, most_meetings)
            return PersonWithMeetings(found, meetings, edits, version_of(edits), others)

    def with_name(self, name: str) -> list[str]:
        """The ids of those who have exactly this name, or are called so here."""
        folded = identity_of(name)
        if not folded:
            return []
        with self._context.database.read() as session:
            known = all_identities(session)
            called = {person for person, one in known.called.items() if identity_of(one) == folded}
            having = session.scalars(select(PersonName.person_id).where(PersonName.folded == folded).distinct())
            return sorted(set(having) | {one for one in called if has_names(session, one)})


def _totals() -> Select[Any]:
    return select(
        PersonName.person_id,
        func.count(PersonName.recording_key.distinct()),
        func.coalesce(func.sum(PersonName.talk_ms), 0),
        func.min(PersonName.meeting_date),
        func.max(PersonName.meeting_date),
    ).group_by(PersonName.person_id)


def _called(known: Identities, text: str) -> ColumnElement[bool]:
    folded = " ".join(token.folded for token in tokens(text))
    if not folded:
        return false()
    having = select(PersonName.person_id).where(PersonName.folded.contains(folded, autoescape=True))
    called = sorted(person for person, name in known.called.items() if folded in identity_of(name))
    return or_(PersonName.person_id.in_(having), PersonName.person_id.in_(called))


def _people(session: Session, known: Identities, rows: Sequence[tuple[str, int, int, date, date]]) -> list[Person]:
    ids = [row[0] for row in rows]
    names = _names(session, ids)
    opened = _open(session, known, names)
    return [
        Person(
            one, known.called.get(one) or best_name(names[one]), tuple(names[one]), meetings, int(talk),
            opened.get(one, 0), first, last,
        )
        for one, meetings, talk, first, last in rows
    ]  # fmt: skip


def _names(
    session: Session, ids: Sequence[str], column: InstrumentedAttribute[str] = PersonName.person_id
) -> dict[str, list[NameOf]]:
    """The names of these people, the most frequent first. ``column``: with or without merges."""
    found: dict[str, list[NameOf]] = {one: [] for one in ids}
    for start in range(0, len(ids), AT_ONCE):
        query = (
            select(column, PersonName.folded, func.max(PersonName.name), func.count())
            .where(column.in_(ids[start : start + AT_ONCE]))
            .group_by(column, PersonName.folded)
        )
        for person, folded, name, count in session.execute(query):
            found[person].append(NameOf(name, folded, count))
    return {one: sorted(some, key=lambda each: (-each.meetings, each.folded)) for one, some in found.items()}


def names_of(
    session: Session, known: Identities, ids: Iterable[str], column: InstrumentedAttribute[str] = PersonName.person_id
) -> dict[str, str]:
    """The names of these people, if any recording names them. ``column``: with or without merges."""
    found = _names(session, sorted(set(ids)), column)
    return {one: known.called.get(one) or best_name(names) for one, names in found.items() if names}


def best_name(names: Sequence[NameOf]) -> str:
    """What to call a person: a full name before a part of one and an address, then the most frequent one."""

    def rank(one: NameOf) -> tuple[int, int, str]:
        words = [word for word in read_name(one.name).words if len(word) > 1]
        return -min(len(words), _FULL_NAME_WORDS), -one.meetings, one.folded

    return min(names, key=rank).name


def _open(session: Session, known: Identities, names: Mapping[str, Sequence[NameOf]]) -> dict[str, int]:
    """How many action items that are not closed each of these people has."""
    from meeting_pipeline.store.people.appearing import owner_of

    wanted = sorted({owner for some in names.values() for one in some if (owner := owner_of(one.name))})
    found: dict[str, int] = {}
    for start in range(0, len(wanted), AT_ONCE):
        query = (
            select(Commitment.owner, Commitment.series, Commitment.recording_key, func.count())
            .where(
                Commitment.owner_folded.in_(wanted[start : start + AT_ONCE]),
                Commitment.closed.is_(False),
                Commitment.insight == Insight.ACTION_ITEMS.value,
            )
            .group_by(Commitment.owner, Commitment.series, Commitment.recording_key)
        )
        for owner, series, recording, count in session.execute(query):
            person = known.person_of(identity_of(owner or ""), series, recording)
            found[person] = found.get(person, 0) + count
    return found


def _meetings(session: Session, person: str, most: int) -> list[MeetingOf]:
    newest = (
        select(PersonName.recording_key)
        .where(PersonName.person_id == person)
        .group_by(PersonName.recording_key)
        .order_by(func.max(PersonName.meeting_date).desc(), PersonName.recording_key)
        .limit(most)
    )
    query = (
        select(PersonName, Recording.title)
        .join(Recording, Recording.key == PersonName.recording_key)
        .where(PersonName.person_id == person, PersonName.recording_key.in_(newest))
    )
    found: dict[str, MeetingOf] = {}
    for row, title in session.execute(query):
        before = found.get(row.recording_key)
        names = (*(before.names if before else ()), row.name)
        talk = before.talk_ms if before else None
        talk = talk if row.talk_ms is None else (talk or 0) + row.talk_ms
        found[row.recording_key] = MeetingOf(row.recording_key, title, row.meeting_date, row.series, names, talk)
    return sorted(found.values(), key=lambda one: (-one.meeting_date.toordinal(), one.recording))

"""Which commitments and search lines belong to a person: by all of their names, and by who has a name in which meeting.

Must not go here: lists of people (``pages.py``), the search itself (``store/search/``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.people.identities import EVERYWHERE, Identities, own_id, recording_in
from meeting_pipeline.domain.people.names import identity_of
from meeting_pipeline.store.people.appearing import owner_of
from meeting_pipeline.store.people.deciding import all_identities
from meeting_pipeline.store.tables import Commitment, PersonEditRow, PersonName

_MOST_PEOPLE = 30
"""People that a part of a name may mean: beyond, the name alone is looked for."""


@dataclass(frozen=True)
class Called:
    """A name of a person. ``shared``: somebody else has it elsewhere; then ``recordings`` are those where it is this person's."""

    folded: str
    name: str
    shared: bool
    recordings: tuple[str, ...] = ()


def has_people_edits(session: Session) -> bool:
    """Whether there are any edits of people."""
    return session.scalar(select(PersonEditRow.number).limit(1)) is not None


def called(session: Session, person_id: str, most_recordings: int) -> list[Called]:
    """The names of a person; of a shared one, the newest recordings where it is this person's."""
    query = select(PersonName.folded, PersonName.name).where(PersonName.person_id == person_id).distinct()
    names: dict[str, str] = {}
    for folded, name in session.execute(query):
        names.setdefault(folded, name)
    if not names:
        return []
    elsewhere = select(PersonName.folded).where(PersonName.folded.in_(sorted(names)), PersonName.person_id != person_id)
    shared = set(session.scalars(elsewhere.distinct()))
    found = []
    for folded, name in sorted(names.items()):
        mine: Sequence[str] = ()
        if folded in shared:
            where = select(PersonName.recording_key).where(
                PersonName.person_id == person_id, PersonName.folded == folded
            )
            mine = session.scalars(where.order_by(PersonName.meeting_date.desc()).limit(most_recordings)).all()
        found.append(Called(folded, name, folded in shared, tuple(mine)))
    return found


def people_called(session: Session, folded: Iterable[str]) -> list[str]:
    """The people with one of these names; empty if they are too many to mean anybody."""
    query = select(PersonName.person_id).where(PersonName.folded.in_(sorted(set(folded)))).distinct()
    found = session.scalars(query.limit(_MOST_PEOPLE + 1)).all()
    return sorted(found) if len(found) <= _MOST_PEOPLE else []


def names_besides(session: Session, folded: Iterable[str]) -> list[str]:
    """The other names, as written, of the people with one of these names."""
    given = set(folded)
    people = people_called(session, given) if given and has_people_edits(session) else []
    if not people:
        return []
    query = select(PersonName.folded, PersonName.name).where(PersonName.person_id.in_(people)).distinct()
    return sorted({name for other, name in session.execute(query) if other not in given})


def owned_by(session: Session, person_id: str) -> ColumnElement[bool]:
    """The condition for commitments of this person."""
    known = all_identities(session)
    person = known.end_of(person_id)
    names = called(session, person, 0)
    plain = sorted({owner_of(one.name) for one in names if not one.shared})
    found: list[ColumnElement[bool]] = [Commitment.owner_folded.in_(plain)] if plain else []
    found += [_where(known, one, person) for one in names if one.shared]
    return or_(*found) if found else false()


def owned_by_name(session: Session, name: str) -> ColumnElement[bool] | None:
    """The condition for commitments of the people with this name by their other names; ``None`` if there are none."""
    if not has_people_edits(session):
        return None
    people = people_called(session, [identity_of(name)])
    return or_(*(owned_by(session, person) for person in people)) if people else None


def _where(known: Identities, one: Called, person: str) -> ColumnElement[bool]:
    """A shared name, where it is this person's: in a recording, in a series, or everywhere else."""
    places = {scope: known.end_of(to) for (folded, scope), to in known.placed.items() if folded == one.folded}
    usual = places.pop(EVERYWHERE, known.end_of(own_id(one.folded)))
    recordings = {key: to for scope, to in places.items() if (key := recording_in(scope)) is not None}
    series = {scope: to for scope, to in places.items() if recording_in(scope) is None}
    mine = Commitment.recording_key.in_(sorted(key for key, to in recordings.items() if to == person))
    others = Commitment.recording_key.in_(sorted(key for key, to in recordings.items() if to != person))
    here = Commitment.series.in_(sorted(name for name, to in series.items() if to == person))
    there = Commitment.series.in_(sorted(name for name, to in series.items() if to != person))
    by_series = and_(~there, ~others) if usual == person else and_(here, ~others)
    return and_(Commitment.owner_folded == owner_of(one.name), or_(mine, by_series))

"""Removes a deleted recording from people: its names, and edits of names that no other recording has.

Must not go here: a recording's other rows (``store/deletions/``).
"""

import secrets
from collections.abc import Collection, Iterable

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.people.identities import (
    EVERYWHERE,
    ID_PREFIX,
    PersonEditKind,
    identities_of,
    own_id,
    recording_in,
)
from meeting_pipeline.domain.people.names import identity_of
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.people.deciding import edit_of, lock_edits
from meeting_pipeline.store.tables import PersonEditRow, PersonName

_UNSYNCED = {"synchronize_session": False}


def forget_names(session: Session, key: str) -> int:
    """Delete the names of a recording, and edits of names and people that are in no recording any more. Returns the rows.

    An id is derived from a name. A person who only connects others from now on gets a random id, which reveals no name.
    """
    lock_edits(session, writing=True)
    mine = set(session.scalars(select(PersonName.folded).where(PersonName.recording_key == key)))
    gone = delete(PersonName).where(PersonName.recording_key == key)
    removed = int(getattr(session.execute(gone, execution_options=_UNSYNCED), "rowcount", 0))
    edits = session.scalars(select(PersonEditRow)).all()
    if not edits:
        return removed
    lost = mine - _present(session, mine)
    dead = [edit for edit in edits if _is_lost(session, edit, key, lost)]
    dead += _of_nobody(session, [edit for edit in edits if edit not in dead])
    for edit in dead:
        session.delete(edit)
    session.flush()
    for name in sorted(lost):
        _hide(session, own_id(name))
    return removed + len(dead)


def _present(session: Session, names: Iterable[str]) -> set[str]:
    return set(session.scalars(select(PersonName.folded).where(PersonName.folded.in_(sorted(names))).distinct()))


def _is_lost(session: Session, edit: PersonEditRow, key: str, lost: Collection[str]) -> bool:
    """Whether it names what no recording has any more."""
    if edit.kind == PersonEditKind.SPLIT and edit.folded is not None:
        where = [PersonName.folded == edit.folded]
        if edit.scope and recording_in(edit.scope) is not None:
            where.append(PersonName.recording_key == recording_in(edit.scope))
        elif edit.scope != EVERYWHERE:
            where.append(PersonName.series == edit.scope)
        return session.scalar(select(PersonName.folded).where(*where).limit(1)) is None
    if edit.kind == PersonEditKind.RENAME and edit.name is not None:
        words = set(identity_of(edit.name).split())
        return any(_reveals(session, words, name) for name in lost)
    return False


def _reveals(session: Session, words: set[str], lost: str) -> bool:
    """Whether a given name has the words of a lost one, or one of them that no name of a recording has."""
    theirs = set(lost.split())
    if len(theirs) > 1 and theirs <= words:
        return True
    having = (PersonName.folded.contains(word, autoescape=True) for word in theirs & words)
    return any(session.scalar(select(PersonName.folded).where(one).limit(1)) is None for one in having)


def _of_nobody(session: Session, edits: Collection[PersonEditRow]) -> list[PersonEditRow]:
    """Edits of a person that has no name and that no person with one is merged into."""
    known = identities_of(edit_of(edit) for edit in edits if edit.undone_at is None)
    named = {one for edit in edits for one in (edit.person_id, edit.other_id) if one}
    alive: set[str] = set()
    for person in _with_names(session, named):
        while person not in alive:
            alive.add(person)
            person = known.merged.get(person, person)
    return [
        edit
        for edit in edits
        if edit.person_id not in alive or (edit.other_id is not None and edit.other_id not in alive)
    ]


def _with_names(session: Session, ids: Collection[str]) -> list[str]:
    """Those of these people whose own names, before merges, are in any recording."""
    wanted, found = sorted(ids), list[str]()
    for start in range(0, len(wanted), AT_ONCE):
        query = select(PersonName.base_id).where(PersonName.base_id.in_(wanted[start : start + AT_ONCE]))
        found += session.scalars(query.distinct())
    return found


def _hide(session: Session, person_id: str) -> None:
    instead = f"{ID_PREFIX}{secrets.token_hex(8)}"
    for column in (PersonEditRow.person_id, PersonEditRow.other_id, PersonName.person_id, PersonName.base_id):
        change = update(column.class_).where(column == person_id).values({column.key: instead})
        session.execute(change, execution_options=_UNSYNCED)

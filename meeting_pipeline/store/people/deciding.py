"""Reads people's decisions about names, and waits for transactions that change them.

Transactions that write the names of a recording share the lock, and transactions that write edits hold it exclusively, so no
name is written by an outdated edit. Order of locks: recordings' rows, then series of commitments, then this one, then that of
the search index.
Must not go here: what edits mean together (``domain/people/identities.py``).
"""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Final

from sqlalchemy import Select, bindparam, select, text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.people.identities import Identities, PersonEdit, PersonEditKind, identities_of, own_id
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.tables import PersonEditRow

_SHARED: Final = text("SELECT pg_advisory_xact_lock_shared(7310006)")
_ALONE: Final = text("SELECT pg_advisory_xact_lock(7310006)")


def lock_edits(session: Session, *, writing: bool) -> None:
    """Wait for those who write edits, and, to write some, for those who write names. SQLite has one writer anyway."""
    if session.connection().dialect.name != "sqlite":
        session.execute(_ALONE if writing else _SHARED)


def all_identities(session: Session) -> Identities:
    """Everything that was decided."""
    rows = session.scalars(select(PersonEditRow).where(PersonEditRow.undone_at.is_(None)))
    return identities_of(edit_of(row) for row in rows)


def identities_for(session: Session, names: Iterable[str]) -> Identities:
    """What was decided about these folded names: their splits, and the merges that these lead to."""
    wanted = sorted(set(names))
    found = _edits(session, wanted, PersonEditKind.SPLIT)
    ids = {own_id(name) for name in wanted} | {edit.other for edit in found if edit.other}
    while ids:
        merges = _edits(session, sorted(ids), PersonEditKind.MERGE)
        known = {edit.number for edit in found}
        new = [edit for edit in merges if edit.number not in known]
        found += new
        ids = {edit.other for edit in new if edit.other}
    return identities_of(found)


def _edits(session: Session, values: Collection[str], kind: PersonEditKind) -> list[PersonEdit]:
    found: list[PersonEdit] = []
    some = list(values)
    for start in range(0, len(some), AT_ONCE):
        found += map(edit_of, session.scalars(_edits_of(kind), {"values": some[start : start + AT_ONCE]}))
    return found


@cache
def _edits_of(kind: PersonEditKind) -> Select[tuple[PersonEditRow]]:
    """Made once: names are looked up whenever a result is stored."""
    column = PersonEditRow.folded if kind is PersonEditKind.SPLIT else PersonEditRow.person_id
    return select(PersonEditRow).where(
        column.in_(bindparam("values", expanding=True)),
        PersonEditRow.kind == kind.value,
        PersonEditRow.undone_at.is_(None),
    )


def edit_of(row: PersonEditRow) -> PersonEdit:
    """An edit as a value."""
    return PersonEdit(
        row.number, PersonEditKind(row.kind), row.person_id, row.other_id, row.folded, row.scope, row.name
    )

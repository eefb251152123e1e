"""Keeps the names of a recording in step with its results, inside the transaction that changes them.

Must not go here: which names a record has (``domain/people/appearances.py``), edits (``editing.py``).
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.commitments.people import plain_words
from meeting_pipeline.domain.commitments.series import series_of
from meeting_pipeline.domain.people.appearances import Appearance, appearances_of
from meeting_pipeline.domain.people.identities import Identities
from meeting_pipeline.domain.people.names import NAME_CHARACTERS
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.search_lines import people_of
from meeting_pipeline.store.people.deciding import identities_for, lock_edits
from meeting_pipeline.store.tables import PersonName, Recording

_UNSYNCED = {"synchronize_session": False}
_COLUMNS = [column.name for column in PersonName.__table__.columns]


def note_names(session: Session, row: Recording, record: MeetingRecord) -> None:
    """Store the names of a recording as its record is in this transaction. The caller holds the recording's row lock."""
    lock_edits(session, writing=False)
    found = appearances_of(record, row.participants)
    series = series_of(record.title, people_of(record, row.participants), row.key)
    known_before = session.execute(_names_of(), {"of_key": row.key})
    before = {one["folded"]: one for one in (dict(each._mapping) for each in known_before)}
    if not found and not before:
        return
    known = identities_for(session, (one.folded for one in found))
    wanted = {one.folded: _columns(row, series, one, known) for one in found}
    gone = [folded for folded, columns in before.items() if wanted.get(folded) != columns]
    if gone:
        statement = delete(PersonName).where(PersonName.recording_key == row.key, PersonName.folded.in_(gone))
        session.execute(statement, execution_options=_UNSYNCED)
    new = [columns for folded, columns in wanted.items() if before.get(folded) != columns]
    if new:
        session.execute(insert(PersonName), new)


@cache
def _names_of() -> Select[Any]:
    """Made once: it is part of storing any result."""
    return select(*PersonName.__table__.columns).where(PersonName.recording_key == bindparam("of_key"))


def _columns(row: Recording, series: str, one: Appearance, known: Identities) -> dict[str, Any]:
    base = known.base_of(one.folded, series, row.key)
    values = {
        "recording_key": row.key, "folded": one.folded, "name": one.name, "owner": owner_of(one.name), "base_id": base,
        "person_id": known.end_of(base), "series": series, "meeting_date": row.meeting_date, "talk_ms": one.talk_ms,
        "invited": one.invited, "acts": one.acts,
    }  # fmt: skip
    return {name: values[name] for name in _COLUMNS}


def owner_of(name: str) -> str:
    """A name as commitments compare the names of owners."""
    return " ".join(plain_words(name))[:NAME_CHARACTERS]


def settle(session: Session, rows: Iterable[PersonName], known: Identities) -> int:
    """Write whose names these are now. Returns how many changed."""
    changed = 0
    for row in rows:
        base = known.base_of(row.folded, row.series, row.recording_key)
        person = known.end_of(base)
        if (row.base_id, row.person_id) != (base, person):
            row.base_id, row.person_id = base, person
            changed += 1
    session.flush()
    return changed

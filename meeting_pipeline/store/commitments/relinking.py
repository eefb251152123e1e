"""Relinks the commitments of a series from one meeting on, and writes the rows that differ.

Links before that meeting stay as they are, so only the later meetings and the commitments that they may concern are processed.
Locks: first the rows of recordings in the order of their keys, including those that an edit refers to; then series in the order
of their names.
Must not go here: the rules (``domain/commitments/``), reading a meeting (``refreshing.py``).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.commitments.values import Group, MeetingParts, Place
from meeting_pipeline.store.commitments.linking_outside import SeriesRead, links_of
from meeting_pipeline.store.commitments.rows import (
    columns_of,
    differs,
    edits_by_people,
    event_of,
    part_of,
    report_of,
)
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.tables import (
    Base,
    Commitment,
    CommitmentEdit,
    CommitmentMeeting,
    CommitmentPart,
    CommitmentReport,
)

R = TypeVar("R", bound=Base)
_LOCK: Final = text("SELECT pg_advisory_xact_lock(7310004, hashtext(:series))")
SHOWN: Final = ("text", "owner", "due_date", "state", "state_by", "candidate")
"""What has to change of a commitment for it to count as changed for people."""


@dataclass(frozen=True)
class Changed:
    """A commitment that changed. ``before``: the ``SHOWN`` columns; ``None`` if it is new."""

    commitment_id: str
    recording: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def shown_json(row: Commitment) -> dict[str, Any]:
    """What people see of a commitment, as JSON values."""
    return {
        **{name: getattr(row, name) for name in SHOWN},
        "due_date": row.due_date.isoformat() if row.due_date else None,
    }


def lock_series(session: Session, names: Iterable[str]) -> None:
    """Wait for those who link these series, until the transaction ends. SQLite has one writer anyway."""
    if session.connection().dialect.name == "sqlite":
        return
    for name in sorted(set(names)):
        session.execute(_LOCK, {"series": name})


def relink(session: Session, series: str, since: Place, now: datetime, *, announce: bool = False) -> list[Changed]:
    """Link a series from this place on. The caller holds its lock. ``announce``: note for webhooks what changes.

    Raises: NotLinkedYet (``linking_outside.py``), before anything is written.
    """
    session.flush()
    meetings = session.scalars(
        select(CommitmentMeeting)
        .where(
            CommitmentMeeting.series == series,
            tuple_(CommitmentMeeting.meeting_date, CommitmentMeeting.recording_key) >= (since.day, since.recording),
        )
        .order_by(CommitmentMeeting.meeting_date, CommitmentMeeting.recording_key)
    ).all()
    keys = [row.recording_key for row in meetings]
    new_parts = [row for row in _of(session, CommitmentPart, CommitmentPart.recording_key, keys) if row.present]
    new_parts.sort(key=lambda row: row.position)
    known, elsewhere = _nearby(session, series, since, new_parts)
    old_parts = _of(session, CommitmentPart, CommitmentPart.commitment_id, list(known))
    rows = {row.id: row for row in (*old_parts, *new_parts) if row.present}
    edits = _edits(session, list(rows))
    seeds = _seeds(session, known.values(), rows.values(), since, set(keys))
    read = SeriesRead(series, seeds, _meetings(session, meetings, new_parts), edits_by_people(edits))
    groups = links_of(read)
    _name(groups, rows, elsewhere)
    return _write(session, series, groups, known, rows, edits, now, announce=announce)


def _nearby(
    session: Session, series: str, since: Place, new_parts: Sequence[CommitmentPart]
) -> tuple[dict[str, Commitment], set[str]]:
    """The commitments that these meetings may be about, and those that they are in at present; ids of these in other series."""
    first = since.day - timedelta(days=policies.COMMITMENT_DAYS)
    near = select(Commitment).where(Commitment.series == series, Commitment.last_day >= first)
    found = {row.id: row for row in session.scalars(near)}
    ids = {row.commitment_id for row in new_parts if row.commitment_id}
    targets = {edit.other_part_id for edit in _edits(session, [row.id for row in new_parts]) if edit.other_part_id}
    ids |= {
        row.commitment_id
        for row in _of(session, CommitmentPart, CommitmentPart.id, sorted(targets))
        if row.commitment_id
    }
    others = _of(session, Commitment, Commitment.id, sorted(ids - found.keys()))
    elsewhere = {row.id for row in others if row.series != series}
    return found | {row.id: row for row in others if row.series == series}, elsewhere


def _seeds(
    session: Session, known: Iterable[Commitment], rows: Collection[CommitmentPart], since: Place, later: set[str]
) -> list[Group]:
    """The commitments as they were before this place, the earliest first."""
    groups: list[Group] = []
    parts: dict[str, list[CommitmentPart]] = {}
    for row in rows:
        if row.recording_key not in later and row.commitment_id:
            parts.setdefault(row.commitment_id, []).append(row)
    for commitment in known:
        events = [event for event in map(event_of, commitment.events) if event.place < since]
        mine = {row.id: row for row in parts.get(commitment.id, ())}
        order = [event.part_id for event in events if event.part_id in mine]
        if order:
            events = [event for event in events if event.part_id is None or event.part_id in mine]
            groups.append(Group(commitment.id, [part_of(mine[one]) for one in order if one], events))
    keys = sorted({event.place.recording for group in groups for event in group.events})
    people = {
        row.recording_key: row.people for row in _of(session, CommitmentMeeting, CommitmentMeeting.recording_key, keys)
    }
    for group in groups:
        group.people = frozenset(name for event in group.events for name in people.get(event.place.recording, ()))
    return sorted(groups, key=lambda group: (group.events[0].place, group.parts[0].part_id))


def _meetings(
    session: Session, meetings: Sequence[CommitmentMeeting], parts: Sequence[CommitmentPart]
) -> list[MeetingParts]:
    keys = [row.recording_key for row in meetings]
    said: dict[str, list[CommitmentPart]] = {}
    for part in parts:
        said.setdefault(part.recording_key, []).append(part)
    reports: dict[str, list[CommitmentReport]] = {}
    for one in sorted(
        _of(session, CommitmentReport, CommitmentReport.recording_key, keys), key=lambda row: row.position
    ):
        reports.setdefault(one.recording_key, []).append(one)
    return [
        MeetingParts(
            Place(row.meeting_date, row.recording_key),
            tuple(part_of(part) for part in said.get(row.recording_key, ())),
            tuple(report_of(one) for one in reports.get(row.recording_key, ())),
            frozenset(row.people),
        )
        for row in meetings
    ]


def _write(
    session: Session, series: str, groups: Sequence[Group], known: dict[str, Commitment],
    rows: dict[str, CommitmentPart], edits: Sequence[CommitmentEdit], now: datetime, *,
    announce: bool,
) -> list[Changed]:  # fmt: skip
    changed: list[Changed] = []
    homes: dict[str, str] = {}
    for group in groups:
        homes |= {part.part_id: group.commitment_id for part in group.parts}
        columns = columns_of(group, series, edits)
        after = {name: columns[name] for name in SHOWN}
        row = known.get(group.commitment_id)
        if row is None:
            session.add(Commitment(id=group.commitment_id, version=1, changed_at=now, untold=announce, **columns))
            changed.append(Changed(group.commitment_id, columns["recording_key"], None, after))
        elif differs(row, columns):
            before = {name: getattr(row, name) for name in SHOWN}
            for name, value in columns.items():
                setattr(row, name, value)
            row.version, row.changed_at = row.version + 1, now
            if before != after:
                row.untold = row.untold or announce
                changed.append(Changed(row.id, row.recording_key, before, after))
    for part_id, part in rows.items():
        if part.commitment_id != homes.get(part_id):
            part.commitment_id = homes.get(part_id)
    kept = {group.commitment_id for group in groups}
    for commitment_id, row in known.items():
        if commitment_id not in kept:
            before = {name: getattr(row, name) for name in SHOWN}
            changed.append(Changed(commitment_id, row.recording_key, before, None))
            session.delete(row)
    session.flush()
    return changed


def _name(groups: Sequence[Group], rows: dict[str, CommitmentPart], elsewhere: Collection[str]) -> None:
    """Give each new commitment the id that its earliest part had, if no other one has it, ``elsewhere`` included."""
    taken = {group.commitment_id for group in groups if group.commitment_id} | set(elsewhere)
    for group in groups:
        if group.commitment_id:
            continue
        before = (rows[part.part_id].commitment_id for part in group.parts if part.part_id in rows)
        group.commitment_id = next((one for one in before if one and one not in taken), None) or new_id()
        taken.add(group.commitment_id)


def _of(session: Session, table: type[R], column: InstrumentedAttribute[Any], values: Sequence[Any]) -> list[R]:
    found: list[R] = []
    for start in range(0, len(values), AT_ONCE):
        found += session.scalars(select(table).where(column.in_(values[start : start + AT_ONCE])))
    return found


def _edits(session: Session, part_ids: Sequence[str]) -> list[CommitmentEdit]:
    """People's edits of these parts, without undone ones."""
    found = _of(session, CommitmentEdit, CommitmentEdit.part_id, part_ids)
    return [edit for edit in found if edit.undone_at is None]

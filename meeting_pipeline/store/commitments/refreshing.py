"""Reads the commitments of changed recordings, and relinks their series from there.

Reading and linking are done outside the transaction that stores the links (``linking_outside.py``). That transaction also
removes the mark, so a refresh that dies is repeated. Must not go here: when it runs (``steps/operations/link_commitments.py``),
linking (``relinking.py``).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.commitments.gathering import FoundPart, Gathered, KnownPart, gathered, same_parts
from meeting_pipeline.domain.commitments.values import Place
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.commitments.linking_outside import (
    NotLinkedYet,
    SeriesRead,
    id_of_new_part,
    linking_outside,
)
from meeting_pipeline.store.commitments.moving_edits import move_edits
from meeting_pipeline.store.commitments.noting import note_all_commitments
from meeting_pipeline.store.commitments.relinking import Changed, lock_series, relink
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.results.record_rows import UNREADABLE
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.results.stored_edits import anchor_json, anchor_of_json
from meeting_pipeline.store.tables import (
    CommitmentChange,
    CommitmentEdit,
    CommitmentMeeting,
    CommitmentPart,
    CommitmentReport,
    Recording,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """A noted recording, with the mark of its latest change."""

    key: str
    mark: str


@dataclass(frozen=True)
class _Read:
    """What a recording said when it had this mark; ``None`` if that cannot be read."""

    mark: str
    said: Gathered | None


@retrying
class CommitmentLinks:
    """Repository of the recordings whose commitments still have to be linked."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def waiting(self, limit: int) -> list[Waiting]:
        """Noted recordings, the longest waiting first."""
        query = select(CommitmentChange.recording_key, CommitmentChange.mark).order_by(
            CommitmentChange.noted_at, CommitmentChange.recording_key
        )
        with self._context.database.read() as session:
            return [Waiting(key, mark) for key, mark in session.execute(query.limit(limit))]

    def behind(self) -> int:
        """How many recordings are noted."""
        with self._context.database.read() as session:
            return session.scalar(select(func.count()).select_from(CommitmentChange)) or 0

    def note_all(self) -> int:
        """Note every recording with an outcome. Returns how many are noted."""
        with self._context.database.write() as session:
            note_all_commitments(session, self._context.now())
            return session.scalar(select(func.count()).select_from(CommitmentChange)) or 0

    def link(self, *waiting: Waiting) -> list[Changed]:
        """Link noted recordings in one transaction: each of their series once, from the earliest of them on.

        They are read before it. A recording that changes meanwhile is marked again, so it is skipped and linked later. A
        recording whose stored results cannot be read is logged and keeps what it has.
        """
        return self._store(waiting, self._read(sorted({one.key for one in waiting})))

    def _read(self, keys: Sequence[str]) -> dict[str, _Read]:
        """What these recordings say, with the mark of their latest change."""
        found: dict[str, _Read] = {}
        with self._context.database.read() as session:
            for key in keys:
                row, note = session.get(Recording, key), session.get(CommitmentChange, key)
                if row is None or note is None or not RecordingStatus(row.status).terminal:
                    continue
                try:
                    found[key] = _Read(note.mark, gathered(load_record(session, row), row.participants))
                except UNREADABLE as error:
                    _log.error("the results of %s cannot be read (%s): not linked", key, type(error).__name__)
                    found[key] = _Read(note.mark, None)
        return found

    @linking_outside
    def _store(self, waiting: Sequence[Waiting], found: Mapping[str, _Read]) -> list[Changed]:
        with self._context.database.write() as session:
            read: list[tuple[Recording, Gathered]] = []
            late: set[str] = set()
            # In one order: two that link the same ones wait for each other.
            for key in sorted({one.key for one in waiting}):
                row = session.get(Recording, key, with_for_update=True)
                if row is None or not RecordingStatus(row.status).terminal:
                    continue
                note = session.get(CommitmentChange, key)
                if note is None or key not in found or note.mark != found[key].mark:
                    late.add(key)
                elif (said := found[key].said) is not None:
                    read.append((row, said))
            changed = self._link(session, read)
            for one in waiting:
                if one.key in late:
                    continue
                session.execute(
                    delete(CommitmentChange)
                    .where(CommitmentChange.recording_key == one.key, CommitmentChange.mark == one.mark)
                    .execution_options(synchronize_session=False)
                )
            return changed

    def postpone(self, waiting: Waiting) -> None:
        """Let all others come before this recording."""
        late = update(CommitmentChange).where(
            CommitmentChange.recording_key == waiting.key, CommitmentChange.mark == waiting.mark
        )
        with self._context.database.write() as session:
            session.execute(late.values(noted_at=self._context.now()).execution_options(synchronize_session=False))

    def _link(self, session: Session, read: Sequence[tuple[Recording, Gathered]]) -> list[Changed]:
        olds = {row.key: session.get(CommitmentMeeting, row.key) for row, _ in read}
        read = [(row, found) for row, found in read if olds[row.key] is not None or found.parts or found.reports]
        lock_series(
            session, {found.series for _, found in read} | {old.series for old in olds.values() if old is not None}
        )
        since: dict[str, Place] = {}
        left: set[str] = set()
        for row, found in read:
            old = olds[row.key]
            places = [(found.series, Place(row.meeting_date, row.key))]
            if old is not None:
                places.append((old.series, Place(old.meeting_date, row.key)))
                left |= {old.series} - {found.series}
            for series, place in places:
                since[series] = min(since.get(series, place), place)
            self._take_in(session, row, found, old)
        now, announce = self._context.now(), self._context.commitment_events
        changed: list[Changed] = []
        missing: list[SeriesRead] = []
        for series in sorted(since, key=lambda one: (one not in left, one)):  # what leaves a series takes its ids along
            try:
                changed += relink(session, series, since[series], now, announce=announce)
            except NotLinkedYet as unlinked:
                missing += unlinked.read
        if missing:
            raise NotLinkedYet(*missing)
        return changed

    def _take_in(self, session: Session, row: Recording, found: Gathered, old: CommitmentMeeting | None) -> None:
        if old is None:
            old = CommitmentMeeting(recording_key=row.key)
            session.add(old)
        old.series, old.meeting_date, old.people = found.series, row.meeting_date, list(found.people)
        _replace_parts(session, row.key, found.parts)
        _replace_reports(session, row.key, found)


def _replace_parts(session: Session, key: str, found: Sequence[FoundPart]) -> None:
    """The items as they are now, each with the id that it had. One that is gone stays if people said something of it."""
    known = {row.id: row for row in session.scalars(select(CommitmentPart).where(CommitmentPart.recording_key == key))}
    before = [KnownPart(row.id, Insight(row.insight), anchor_of_json(row.anchor)) for row in known.values()]
    ids = same_parts(before, found)
    for position, one in enumerate(found):
        row = known.pop(ids.get(one.claim_id, ""), None)
        if row is None:
            row = CommitmentPart(id=id_of_new_part(key, one.claim_id), recording_key=key, commitment_id=None)
            session.add(row)
        part = one.part
        row.present, row.position, row.insight, row.claim_id = True, position, part.insight.value, one.claim_id
        row.anchor, row.text, row.owner = anchor_json(one.anchor), part.text, part.owner
        row.due_date, row.due_words, row.quote = part.due_date, part.due_words, part.quote
        row.segment_ids, row.status = list(part.segment_ids), part.status
        row.status_segment_id, row.standing = part.status_segment, part.standing.value
    if not known:
        return
    move_edits(session, list(known.values()))
    session.flush()
    named = select(CommitmentEdit.part_id, CommitmentEdit.other_part_id).where(
        or_(CommitmentEdit.part_id.in_(known), CommitmentEdit.other_part_id.in_(known))
    )
    kept = {part_id for pair in session.execute(named) for part_id in pair}
    for part_id, row in known.items():
        if part_id in kept:
            row.present, row.commitment_id = False, None
        else:
            session.delete(row)


def _replace_reports(session: Session, key: str, found: Gathered) -> None:
    session.execute(
        delete(CommitmentReport)
        .where(CommitmentReport.recording_key == key)
        .execution_options(synchronize_session=False)
    )
    session.add_all(
        CommitmentReport(
            recording_key=key, position=position, segment_id=report.segment, speaker=report.speaker, text=report.text,
            about=report.about, state=report.state.value, person=report.person, due_date=report.due_date,
            due_words=report.due_words,
        )
        for position, report in enumerate(found.reports)
    )  # fmt: skip

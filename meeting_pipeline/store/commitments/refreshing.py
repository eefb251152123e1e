"""Reads what changed recordings say of commitments, and links their series anew from there: one recording a transaction.

The note is removed in the same transaction, so a refresh that dies is repeated. Must not go here: when it runs
(``steps/operations/link_commitments.py``), linking (``relinking.py``).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.commitments.gathering import FoundPart, Gathered, KnownPart, gathered, same_parts
from meeting_pipeline.domain.commitments.values import Place
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.commitments.noting import note_all_commitments
from meeting_pipeline.store.commitments.relinking import Changed, lock_series, relink
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.results.records import UNREADABLE, load_record
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


@retrying
class CommitmentLinks:
    """Repository of the recordings whose commitments are to be linked."""

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

    def link(self, waiting: Waiting) -> list[Changed]:
        """Link one noted recording. A recording whose stored results cannot be read is logged and keeps what it has."""
        with self._context.database.write() as session:
            row = session.get(Recording, waiting.key, with_for_update=True)
            changed: list[Changed] = []
            if row is not None and RecordingStatus(row.status).terminal:
                try:
                    found = gathered(load_record(session, row), row.participants)
                except UNREADABLE as error:
                    _log.error("the results of %s cannot be read (%s): not linked", row.key, type(error).__name__)
                else:
                    changed = self._take_in(session, row, found)
            session.execute(
                delete(CommitmentChange)
                .where(CommitmentChange.recording_key == waiting.key, CommitmentChange.mark == waiting.mark)
                .execution_options(synchronize_session=False)
            )
            return changed

    def _take_in(self, session: Session, row: Recording, found: Gathered) -> list[Changed]:
        old = session.get(CommitmentMeeting, row.key)
        if old is None and not found.parts and not found.reports:
            return []
        before = (old.series, Place(old.meeting_date, row.key)) if old is not None else None
        place = Place(row.meeting_date, row.key)
        lock_series(session, [found.series, *([before[0]] if before is not None else [])])
        if old is None:
            old = CommitmentMeeting(recording_key=row.key)
            session.add(old)
        old.series, old.meeting_date, old.people = found.series, row.meeting_date, list(found.people)
        _replace_parts(session, row.key, found.parts)
        _replace_reports(session, row.key, found)
        now, announce = self._context.now(), self._context.commitment_events
        changed: list[Changed] = []
        if before is not None and before[0] != found.series:
            changed += relink(session, before[0], before[1], now, announce=announce)
            before = None
        since = min(place, before[1]) if before is not None else place
        return changed + relink(session, found.series, since, now, announce=announce)


def _replace_parts(session: Session, key: str, found: Sequence[FoundPart]) -> None:
    """The items as they are now, each with the id that it had. One that is gone stays if people said something of it."""
    known = {row.id: row for row in session.scalars(select(CommitmentPart).where(CommitmentPart.recording_key == key))}
    before = [KnownPart(row.id, Insight(row.insight), anchor_of_json(row.anchor)) for row in known.values()]
    ids = same_parts(before, found)
    for position, one in enumerate(found):
        row = known.pop(ids.get(one.claim_id, ""), None)
        if row is None:
            row = CommitmentPart(id=new_id(), recording_key=key, commitment_id=None)
            session.add(row)
        part = one.part
        row.present, row.position, row.insight, row.claim_id = True, position, part.insight.value, one.claim_id
        row.anchor, row.text, row.owner = anchor_json(one.anchor), part.text, part.owner
        row.due_date, row.due_words, row.quote = part.due_date, part.due_words, part.quote
        row.segment_ids, row.status = list(part.segment_ids), part.status
        row.status_segment_id, row.standing = part.status_segment, part.standing.value
    if not known:
        return
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

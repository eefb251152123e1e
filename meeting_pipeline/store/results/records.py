"""Gathers the current rows of a recording into a ``MeetingRecord``, with people's edits applied and unverified claims withheld.

Belongs here: putting records together. Edits and verdicts are applied here and nowhere else, so everything rendered from a record
has them.
Must not go here: queries (``record_rows.py``), writing (``results.py``), rendering (``domain/minutes.py``).
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.provenance import Coverage, Provenance
from meeting_pipeline.domain.record import Gap, MeetingRecord, Problem, Stamp
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.speaker_edits import applied
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.recording_costs import Cost, costs
from meeting_pipeline.store.recordings.submitter_data import submitter_data
from meeting_pipeline.store.results.record_rows import (
    UNREADABLE,
    claim_edits_of,
    current_artifacts_of,
    edits_of,
    gaps_of,
)
from meeting_pipeline.store.results.stored_edits import record_edits_of
from meeting_pipeline.store.tables import Artifact, GapRow, Recording

_log = logging.getLogger(__name__)
_BATCH = 100
"""Records loaded at once. One hour of meeting has about 200 kB of transcript."""


def load_record(session: Session, row: Recording) -> MeetingRecord:
    """The record as seen in this session."""
    return load_records(session, [row])[0]


def load_records(session: Session, rows: Sequence[Recording]) -> list[MeetingRecord]:
    """The records as seen in this session, with six queries regardless of their number."""
    keys = [row.key for row in rows]
    found = current_artifacts_of(session, keys)
    gaps, paid = gaps_of(session, keys), costs(session, keys)
    edits, claim_edits = edits_of(session, keys), claim_edits_of(session, keys)
    items, segments = record_edits_of(session, keys)
    return [
        applied(
            _record(row, found.get(row.key, {}), gaps.get(row.key, []), paid.get(row.key, Cost())),
            edits.get(row.key, ()),
            claim_edits.get(row.key, ()),
            items.get(row.key, ()),
            segments.get(row.key, ()),
        )
        for row in rows
    ]


def readable_records(session: Session, rows: Sequence[Recording]) -> list[MeetingRecord]:
    """Their records, without those whose stored data cannot be read."""
    try:
        return load_records(session, rows)
    except UNREADABLE as error:
        if len(rows) > 1:
            return [record for row in rows for record in readable_records(session, [row])]
        _log.error("the results of %s cannot be read (%s): left out", rows[0].key, type(error).__name__)
        return []


def _record(row: Recording, found: dict[ResultKind, Artifact], gap_rows: Sequence[GapRow], cost: Cost) -> MeetingRecord:
    payloads: dict[ResultKind, dict[str, Any]] = {
        kind: artifact.payload for kind, artifact in found.items() if artifact.payload is not None
    }
    transcript = payloads.get(ResultKind.TRANSCRIPT)
    problem = Problem(row.error_code, row.error_message or "", row.error_advice or "") if row.error_code else None
    return MeetingRecord(
        key=row.key,
        title=row.title,
        original_name=row.original_name,
        meeting_date=row.meeting_date,
        duration_ms=row.duration_ms,
        status=RecordingStatus(row.status),
        stage=Stage(row.stage),
        revision=row.revision,
        submitted_at=row.created_at,
        completed_at=row.completed_at,
        error=problem,
        attached=submitter_data(row),
        gaps=tuple(
            Gap(insight, g.code, g.reason, g.advice, g.due_at, g.since, g.tries)
            for g in gap_rows
            if (insight := Insight.known(g.insight)) is not None
        ),
        transcript=Transcript.model_validate(transcript) if transcript else None,
        results={
            insight: result
            for insight, form in forms().items()
            if (payload := payloads.get(ResultKind.named(insight.value))) and (result := form.read(payload)) is not None
        },
        stamps={kind.value: _stamp(artifact) for kind, artifact in found.items() if kind != ResultKind.MINUTES},
        cost_usd=cost.usd,
        unpriced_purchases=cost.unpriced,
    )


def _stamp(artifact: Artifact) -> Stamp:
    coverage = Coverage.model_validate(artifact.coverage) if artifact.coverage else None
    provenance = Provenance.model_validate(artifact.provenance)
    return Stamp(artifact.version, provenance, coverage, artifact.transcript_version, artifact.meeting_date)


@retrying
class Records:
    """Repository of whole records, for reading."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def get(self, key: str) -> MeetingRecord:
        """The record. Raises: PermanentError ``unknown_recording``."""
        with self._context.database.read() as session:
            row = session.get(Recording, key)
            if row is None:
                raise unknown_recording(key)
            return load_record(session, row)

    def each_completed(self, only: Collection[str] | None = None) -> Iterator[MeetingRecord]:
        """The records that have an outcome, oldest first, of all recordings or ``only`` of these.

        Only ``_BATCH`` transcripts are in memory at a time. A record whose stored results cannot be read is logged and left
        out.
        """
        keys = self.finished_keys() if only is None else sorted(only)
        for start in range(0, len(keys), _BATCH):
            with self._context.database.read() as session:
                rows = session.scalars(select(Recording).where(Recording.key.in_(keys[start : start + _BATCH]))).all()
                over = [row for row in rows if RecordingStatus(row.status).terminal]
                records = readable_records(session, sorted(over, key=lambda row: (row.meeting_date, row.key)))
            yield from records

    def finished_keys(self, beginning: str = "") -> Sequence[str]:
        """The recordings that have an outcome, oldest first; with ``beginning``, those whose ids begin like this."""
        query = (
            select(Recording.key)
            .where(Recording.status.in_([RecordingStatus.COMPLETED, RecordingStatus.FAILED]))
            .order_by(Recording.meeting_date, Recording.key)
        )
        if beginning:
            query = query.where(Recording.key.startswith(beginning, autoescape=True))
        with self._context.database.read() as session:
            return session.scalars(query).all()

"""Gathers the current rows of a recording into a ``MeetingRecord``, with people's edits applied and unverified claims withheld.

Belongs here: reading current results. Edits and verdicts are applied here and nowhere else, so everything rendered from a record
has them.
Must not go here: writing (``results.py``), rendering (``domain/minutes.py``).
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.judged_claims import ClaimEdit, Judgement
from meeting_pipeline.domain.provenance import Coverage, Provenance
from meeting_pipeline.domain.record import Gap, MeetingRecord, Problem, Stamp
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.speaker_edits import SpeakerEdit, applied
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.recording_costs import Cost, costs
from meeting_pipeline.store.recordings.submitter_data import submitter_data
from meeting_pipeline.store.results.stored_edits import anchor_of_json, record_edits_of
from meeting_pipeline.store.tables import Artifact, GapRow, Recording
from meeting_pipeline.store.tables import ClaimEdit as ClaimEditRow
from meeting_pipeline.store.tables import SpeakerEdit as SpeakerEditRow

_log = logging.getLogger(__name__)
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)
"""Errors from reading a stored result that this version does not understand; pydantic's errors are ValueErrors."""
_BATCH = 100
"""Records loaded at once. One hour of meeting has about 200 kB of transcript."""
_AMONG_KEYS: Final[BindParameter[Any]] = bindparam("keys", expanding=True)
"""The statements below are made once: a record is read in most transactions, and making them took a third of that."""


def current_artifacts(session: Session, key: str, kinds: Collection[ResultKind] = ()) -> dict[ResultKind, Artifact]:
    """The newest available version of every kind of result of this recording, or only of these kinds."""
    return _current(session, [key], kinds).get(key, {})


def load_record(session: Session, row: Recording) -> MeetingRecord:
    """The record as seen in this session."""
    return load_records(session, [row])[0]


def load_records(session: Session, rows: Sequence[Recording]) -> list[MeetingRecord]:
    """The records as seen in this session, with six queries regardless of their number."""
    keys = [row.key for row in rows]
    found = _current(session, keys)
    gaps: dict[str, list[GapRow]] = {}
    for gap in session.scalars(_gaps_of(), {"keys": keys}):
        gaps.setdefault(gap.recording_key, []).append(gap)
    paid = costs(session, keys)
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


def edits_of(session: Session, keys: Sequence[str]) -> dict[str, list[SpeakerEdit]]:
    """The speaker edits of these recordings."""
    found: dict[str, list[SpeakerEdit]] = {}
    for row in session.scalars(_speaker_edits_of(), {"keys": keys}):
        found.setdefault(row.recording_key, []).append(SpeakerEdit(row.label, row.name, row.merged_into))
    return found


def claim_edits_of(session: Session, keys: Sequence[str]) -> dict[str, list[ClaimEdit]]:
    """People's judgements of claims of these recordings, oldest first, without those of insights whose file is missing."""
    found: dict[str, list[ClaimEdit]] = {}
    for row in session.scalars(_judgements_of(), {"keys": keys}):
        insight = Insight.known(row.insight)
        if insight is not None:
            judgement = Judgement(row.judgement)
            anchor = anchor_of_json(row.anchor) if row.anchor is not None else None
            edit = ClaimEdit(row.claim_id, insight, row.text, judgement, row.edited_by, row.edited_at, anchor)
            found.setdefault(row.recording_key, []).append(edit)
    return found


def _current(
    session: Session, keys: Sequence[str], kinds: Collection[ResultKind] = ()
) -> dict[str, dict[ResultKind, Artifact]]:
    found: dict[str, dict[ResultKind, Artifact]] = {}
    given = {"keys": keys, "kinds": list(kinds)} if kinds else {"keys": keys}
    for artifact in session.scalars(_newest_of(of_kinds=bool(kinds)), given):
        kind = ResultKind.known(artifact.kind)
        if kind is not None:  # otherwise its insight file is missing: the result is kept and returns with the file
            found.setdefault(artifact.recording_key, {})[kind] = artifact
    return found


@cache
def _newest_of(*, of_kinds: bool) -> Select[tuple[Artifact]]:
    """The newest available version of each result of ``keys``, or only of each of ``kinds``."""
    newest = (
        select(Artifact.recording_key, Artifact.kind, func.max(Artifact.version).label("version"))
        .where(
            Artifact.recording_key.in_(_AMONG_KEYS),
            Artifact.available.is_(True),
            *([Artifact.kind.in_(bindparam("kinds", expanding=True))] if of_kinds else []),
        )
        .group_by(Artifact.recording_key, Artifact.kind)
        .subquery()
    )
    return select(Artifact).join(
        newest,
        (Artifact.recording_key == newest.c.recording_key)
        & (Artifact.kind == newest.c.kind)
        & (Artifact.version == newest.c.version),
    )


@cache
def _gaps_of() -> Select[tuple[GapRow]]:
    return select(GapRow).where(GapRow.recording_key.in_(_AMONG_KEYS)).order_by(GapRow.insight)


@cache
def _speaker_edits_of() -> Select[tuple[SpeakerEditRow]]:
    return select(SpeakerEditRow).where(SpeakerEditRow.recording_key.in_(_AMONG_KEYS)).order_by(SpeakerEditRow.label)


@cache
def _judgements_of() -> Select[tuple[ClaimEditRow]]:
    of_keys = select(ClaimEditRow).where(ClaimEditRow.recording_key.in_(_AMONG_KEYS))
    return of_keys.order_by(ClaimEditRow.edited_at, ClaimEditRow.claim_id)


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

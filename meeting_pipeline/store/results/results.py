"""Results: every version of transcript, insights and minutes, the current rows, and the gaps.

A good result becomes the current one and closes its gap. A gap is stored as a failed version in addition to the good ones and
never replaces any of them. A result whose transcript was replaced is stale: it has a gap too. A version that is held changes
nothing.
Must not go here: when a recording ends (``store/recordings/lifecycle.py``), requests for gaps
(``store/recordings/gap_requests.py``).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.answers import Answer, Unavailable
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.fingerprints import fingerprint_of
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event, compared_only, locked_recording, require_lease
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.results.current_rows import replace_rows, replace_segments
from meeting_pipeline.store.results.origins import note_origin
from meeting_pipeline.store.results.record_rows import current_artifacts
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.results.replaced_transcript import move_to_new_transcript
from meeting_pipeline.store.results.versions import (
    Stored,
    add_failed_version,
    add_held_version,
    add_version,
    newest_good,
)
from meeting_pipeline.store.search.indexing import index_recording
from meeting_pipeline.store.tables import Artifact, GapRow, Recording, RunLease


@retrying
class Results:
    """Repository of results and gaps."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def store_transcript(
        self,
        key: str,
        run_id: str,
        transcript: Transcript,
        *,
        input_hash: str,
        cost_usd: float = 0.0,
        unpriced: bool = False,
    ) -> Stored:
        """Store a new version of the transcript; its segments become the current rows.

        If it replaces one with other words, insights keep what it still supports, and are stale gaps.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            replaced = current_artifacts(session, key, [ResultKind.TRANSCRIPT]).get(ResultKind.TRANSCRIPT)
            stored = add_version(
                self._context,
                session,
                row,
                ResultKind.TRANSCRIPT,
                run_id,
                payload=transcript.model_dump(mode="json"),
                provenance=transcript.provenance,
                input_hash=input_hash,
                cost_usd=cost_usd,
                unpriced_calls=int(unpriced),
            )
            if replaced is not None and replaced.payload is not None and stored.changed:
                old = Transcript.model_validate(replaced.payload)
                move_to_new_transcript(self._context, session, row, run_id, old, transcript, stored.version)
                session.flush()
            record = load_record(session, row)
            replace_segments(session, record)
            replace_rows(session, record)
            index_recording(session, row, record)
            if transcript.duration_ms > row.duration_ms:
                row.duration_ms = transcript.duration_ms
            return stored

    def store_answer(
        self, key: str, run_id: str, answer: Answer, *, input_hash: str, meeting_date: date | None = None
    ) -> Stored:
        """Store a new version of an insight; it becomes the current one and closes the gap.

        ``meeting_date``: the day that its due dates are counted from; ``None``: the meeting's present one.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            stored = add_version(
                self._context,
                session,
                row,
                ResultKind(answer.insight.value),
                run_id,
                **_columns(session, row, answer, input_hash, meeting_date),
            )
            note_origin(
                session,
                key,
                answer.insight.value,
                fingerprint=fingerprint_of(forms()[answer.insight], answer.prompt_version),
                provenance=answer.provenance,
                usage=answer.usage,
                at=self._context.now(),
            )
            record = load_record(session, row)
            replace_rows(session, record)
            index_recording(session, row, record)
            session.execute(delete(GapRow).where(GapRow.recording_key == key, GapRow.insight == answer.insight))
            return stored

    def store_held_answer(
        self, key: str, run_id: str, answer: Answer, *, input_hash: str, meeting_date: date | None = None
    ) -> Stored:
        """Store a version of an insight that waits for a person. Current results, gaps and status stay as they are."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            return add_held_version(
                self._context,
                session,
                row,
                ResultKind(answer.insight.value),
                run_id,
                **_columns(session, row, answer, input_hash, meeting_date),
            )

    def store_minutes(self, key: str, run_id: str, text_hash: str) -> Stored:
        """Store a new version of the minutes. The text is a file in the recording's folder; only its hash is stored here."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            return add_version(
                self._context,
                session,
                row,
                ResultKind.MINUTES,
                run_id,
                payload={"sha256": text_hash},
                provenance=Provenance(provider="meeting_pipeline", model="minutes"),
            )

    def store_gap(self, key: str, run_id: str, gap: Unavailable, *, outage: bool = False) -> int | None:
        """Record a failed attempt. Returns the version of the earlier good result that stays current, if there is one.

        It is a gap of the recording only if there is no good result, or a stale one. ``outage``: the provider has an outage, so
        this does not count as an attempt, and the gap is due when the outage ends.
        """
        now = self._context.now()
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            add_failed_version(self._context, session, row, run_id, gap)
            add_event(session, row, "gap", now, insight=gap.insight.value, code=gap.code)
            good = newest_good(session, key, ResultKind(gap.insight.value))
            if good is None or session.get(GapRow, (key, gap.insight.value)) is not None:
                self._note_gap(session, row, gap, now, outage)
            return good[0] if good is not None else None

    def _note_gap(self, session: Session, row: Recording, gap: Unavailable, now: datetime, outage: bool) -> None:
        known = session.get(GapRow, (row.key, gap.insight.value))
        if known is None:
            known = GapRow(recording_key=row.key, insight=gap.insight.value, since=now, tries=0)
            session.add(known)
            row.changed_at = now
        known.code, known.reason, known.advice = gap.code, gap.reason, gap.advice
        known.requested_at = None
        if outage:
            known.due_at = now
            return
        known.tries += 1
        wait = backoff_s(known.tries - 1, policies.GAP_FIRST_SECONDS, policies.GAP_MAX_SECONDS)
        too_old = known.since < self._context.before(policies.GAP_GIVE_UP_SECONDS)
        known.due_at = (
            self._context.after(max(wait, gap.retry_after_s or 0.0)) if gap.retryable and not too_old else None
        )

    def current(self, key: str, *kinds: ResultKind) -> dict[ResultKind, Artifact]:
        """The newest available version of each kind, or only of these kinds."""
        with self._context.database.read() as session:
            return current_artifacts(session, key, kinds)

    def versions(self, key: str, kind: ResultKind | None = None) -> Sequence[Artifact]:
        """All versions and failed attempts, oldest first."""
        query = select(Artifact).where(Artifact.recording_key == key).order_by(Artifact.kind, Artifact.version)
        if kind is not None:
            query = query.where(Artifact.kind == kind)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def changed(self, limit: int) -> list[str]:
        """Recordings with changes not yet delivered, quiet for ``REVISION_QUIET_SECONDS`` and in no run."""
        return [key for key, _ in self.changes(limit)]

    def changes(self, limit: int) -> list[tuple[str, datetime]]:
        """Like ``changed``, each with the time of its latest change, earliest first."""
        live = select(RunLease.recording_key).where(RunLease.state == "live", RunLease.recording_key.is_not(None))
        query = (
            select(Recording.key, Recording.changed_at)
            .where(
                Recording.key.not_in(live),
                Recording.changed_at <= self._context.now() - timedelta(seconds=policies.REVISION_QUIET_SECONDS),
                compared_only(Recording.status).in_(("completed", "failed")),
                compared_only(Recording.stage) == "done",
            )
            .order_by(Recording.changed_at)
            .limit(limit)
        )
        with self._context.database.read() as session:
            return [(key, changed_at) for key, changed_at in session.execute(query) if changed_at is not None]


def _columns(
    session: Session, row: Recording, answer: Answer, input_hash: str, meeting_date: date | None
) -> dict[str, Any]:
    """The columns of a version with this answer."""
    transcript = newest_good(session, row.key, ResultKind.TRANSCRIPT)
    return {
        "payload": answer.result.model_dump(mode="json"),
        "provenance": answer.provenance,
        "input_hash": input_hash,
        "coverage": answer.coverage.model_dump(mode="json"),
        "prompt_version": answer.prompt_version,
        "transcript_version": transcript[0] if transcript is not None else None,
        "meeting_date": meeting_date or row.meeting_date,
        **answer.usage.model_dump(),
    }

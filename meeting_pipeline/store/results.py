"""Results: every version of transcript, insights and minutes, the current rows, and the gaps.

A good result becomes the current one and closes its gap. A gap is kept as a failed version beside the good ones and
never replaces any of them. Must not go here: when a recording ends (``lifecycle.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.models import (
    ActionItems,
    Answer,
    Decisions,
    Insight,
    Provenance,
    ResultKind,
    Speakers,
    Transcript,
    Unavailable,
)
from meeting_pipeline.store.context import StoreContext
from meeting_pipeline.store.records import current_artifacts
from meeting_pipeline.store.rows import add_event, locked_recording, new_id, require_lease
from meeting_pipeline.store.tables import (
    ActionItemRow,
    Artifact,
    DecisionRow,
    GapRow,
    Recording,
    RunLease,
    SegmentRow,
    SpeakerRow,
)


@dataclass(frozen=True)
class Stored:
    """What became of a result: its version, and whether it differs from the one before."""

    version: int
    changed: bool


@dataclass(frozen=True)
class GapDue:
    """A recording whose missing insights are to be asked for again."""

    key: str
    insights: tuple[Insight, ...]
    tries: int


class Results:
    """Repository of results and gaps."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def store_transcript(
        self, key: str, run_id: str, transcript: Transcript, *, input_hash: str, cost_usd: float = 0.0
    ) -> Stored:
        """A new version of the transcript; its segments become the current rows."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            stored = self._add(
                session,
                row,
                ResultKind.TRANSCRIPT,
                run_id,
                payload=transcript.model_dump(mode="json"),
                provenance=transcript.provenance,
                input_hash=input_hash,
                cost_usd=cost_usd,
            )
            session.execute(delete(SegmentRow).where(SegmentRow.recording_key == key))
            session.add_all(SegmentRow(recording_key=key, **segment.model_dump()) for segment in transcript.segments)
            if transcript.duration_ms > row.duration_ms:
                row.duration_ms = transcript.duration_ms
            return stored

    def store_answer(self, key: str, run_id: str, answer: Answer, *, input_hash: str) -> Stored:
        """A new version of an insight; it becomes the current one and closes the gap."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            stored = self._add(
                session,
                row,
                ResultKind(answer.insight.value),
                run_id,
                payload=answer.result.model_dump(mode="json"),
                provenance=answer.provenance,
                input_hash=input_hash,
                coverage=answer.coverage.model_dump(mode="json"),
                prompt_version=answer.prompt_version,
                **answer.usage.model_dump(),
            )
            _replace_rows(session, key, answer)
            session.execute(delete(GapRow).where(GapRow.recording_key == key, GapRow.insight == answer.insight))
            return stored

    def store_minutes(self, key: str, run_id: str, text_hash: str) -> Stored:
        """A new version of the minutes. Their text is a file in the recording's folder; here is its hash."""
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            return self._add(
                session,
                row,
                ResultKind.MINUTES,
                run_id,
                payload={"sha256": text_hash},
                provenance=Provenance(provider="meeting_pipeline", model="minutes"),
            )

    def store_gap(self, key: str, run_id: str, gap: Unavailable) -> int | None:
        """Note a failed try. Returns the version of the earlier good result that stays current, if there is one.

        Only without a good result is it a gap of the recording.
        """
        now = self._context.now()
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_lease(session, run_id)
            kind = ResultKind(gap.insight.value)
            session.add(
                Artifact(
                    id=new_id(),
                    recording_key=key,
                    kind=kind,
                    version=_next_version(session, key, kind),
                    available=False,
                    provenance={},
                    code=gap.code,
                    reason=gap.reason,
                    run_id=run_id,
                    created_at=now,
                )
            )
            add_event(session, row, "gap", now, insight=gap.insight.value, code=gap.code)
            good = current_artifacts(session, key).get(kind)
            if good is not None:
                return good.version
            self._note_gap(session, row, gap, now)
            return None

    def _note_gap(self, session: Session, row: Recording, gap: Unavailable, now: datetime) -> None:
        known = session.get(GapRow, (row.key, gap.insight.value))
        if known is None:
            known = GapRow(recording_key=row.key, insight=gap.insight.value, since=now, tries=0)
            session.add(known)
            row.changed_at = now
        known.tries += 1
        known.code, known.reason, known.advice = gap.code, gap.reason, gap.advice
        wait = min(policies.GAP_FIRST_SECONDS * 2 ** (known.tries - 1), policies.GAP_MAX_SECONDS)
        too_old = known.since < self._context.before(policies.GAP_GIVE_UP_SECONDS)
        known.due_at = (
            self._context.after(max(wait, gap.retry_after_s or 0.0)) if gap.retryable and not too_old else None
        )

    def gaps_due(self, limit: int) -> list[GapDue]:
        """Gaps whose time has come, one entry per recording, of recordings that have an outcome."""
        query = (
            select(GapRow)
            .join(Recording, Recording.key == GapRow.recording_key)
            .where(GapRow.due_at <= self._context.now(), Recording.status == "completed", Recording.stage == "done")
            .order_by(GapRow.due_at)
            .limit(limit)
        )
        with self._context.database.read() as session:
            by_key: dict[str, list[GapRow]] = {}
            for gap in session.scalars(query):
                by_key.setdefault(gap.recording_key, []).append(gap)
        return [
            GapDue(key, tuple(Insight(g.insight) for g in gaps), max(g.tries for g in gaps))
            for key, gaps in by_key.items()
        ]

    def asked_again(self, due: GapDue) -> None:
        """A run was requested for these gaps: none is requested before ``GAP_MAX_SECONDS``, unless the run answers."""
        with self._context.database.write() as session:
            locked_recording(session, due.key)
            now = self._context.now()
            for insight in due.insights:
                gap = session.get(GapRow, (due.key, insight.value))
                if gap is not None and gap.due_at is not None and gap.due_at <= now:  # else a run answered meanwhile
                    gap.due_at = self._context.after(policies.GAP_MAX_SECONDS)

    def current(self, key: str) -> dict[ResultKind, Artifact]:
        """The newest available version of each kind."""
        with self._context.database.read() as session:
            return current_artifacts(session, key)

    def versions(self, key: str, kind: ResultKind | None = None) -> Sequence[Artifact]:
        """All versions and failed tries, oldest first."""
        query = select(Artifact).where(Artifact.recording_key == key).order_by(Artifact.kind, Artifact.version)
        if kind is not None:
            query = query.where(Artifact.kind == kind)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def changed(self, limit: int) -> list[str]:
        """Recordings with results that were not told yet, quiet for ``REVISION_QUIET_SECONDS`` and in no run."""
        live = select(RunLease.recording_key).where(RunLease.state == "live", RunLease.recording_key.is_not(None))
        query = (
            select(Recording.key)
            .where(
                Recording.key.not_in(live),
                Recording.changed_at <= self._context.now() - timedelta(seconds=policies.REVISION_QUIET_SECONDS),
                Recording.status.in_(("completed", "failed")),
                Recording.stage == "done",
            )
            .order_by(Recording.changed_at)
            .limit(limit)
        )
        with self._context.database.read() as session:
            return list(session.scalars(query))

    def _add(
        self, session: Session, row: Recording, kind: ResultKind, run_id: str, *, payload: dict[str, Any],
        provenance: Provenance, **columns: Any,
    ) -> Stored:  # fmt: skip
        now = self._context.now()
        digest = hash_json(payload)
        before = current_artifacts(session, row.key).get(kind)
        changed = before is None or before.payload_hash != digest
        version = _next_version(session, row.key, kind)
        session.add(
            Artifact(
                id=new_id(),
                recording_key=row.key,
                kind=kind,
                version=version,
                available=True,
                payload=payload,
                payload_hash=digest,
                provenance=provenance.model_dump(mode="json"),
                run_id=run_id,
                created_at=now,
                **columns,
            )
        )
        if kind != ResultKind.MINUTES:
            row.changed_at = now
        add_event(session, row, "result", now, result=kind.value, version=version, changed=changed)
        session.flush()
        return Stored(version, changed)


def _next_version(session: Session, key: str, kind: ResultKind) -> int:
    newest = session.scalar(
        select(func.max(Artifact.version)).where(Artifact.recording_key == key, Artifact.kind == kind)
    )
    return (newest or 0) + 1


def _replace_rows(session: Session, key: str, answer: Answer) -> None:
    """The current rows of this insight are what the answer says. A summary has none of its own."""
    match answer.result:
        case Speakers(names=names):
            session.execute(delete(SpeakerRow).where(SpeakerRow.recording_key == key))
            session.add_all(
                SpeakerRow(recording_key=key, label=n.label, name=n.name, confidence=n.confidence) for n in names
            )
        case ActionItems(items=items):
            session.execute(delete(ActionItemRow).where(ActionItemRow.recording_key == key))
            session.add_all(
                ActionItemRow(
                    recording_key=key,
                    position=position,
                    task=item.task,
                    owner=item.owner,
                    due_date=item.due_date,
                    due_words=item.due_words,
                    quote=item.evidence.quote,
                    segment_ids=list(item.evidence.segment_ids),
                    candidate=item.candidate,
                )
                for position, item in enumerate(items)
            )
        case Decisions(decisions=decisions):
            session.execute(delete(DecisionRow).where(DecisionRow.recording_key == key))
            session.add_all(
                DecisionRow(
                    recording_key=key,
                    position=position,
                    decision=found.decision,
                    decided_by=list(found.decided_by),
                    quote=found.evidence.quote,
                    segment_ids=list(found.evidence.segment_ids),
                    candidate=found.candidate,
                )
                for position, found in enumerate(decisions)
            )
        case _:
            pass

"""Versions of results: every good result and every failed attempt is a permanent row.

Belongs here: numbering and adding versions, for callers that hold the recording's row lock.
Must not go here: the current rows for people who use SQL (``current_rows.py``).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.answers import Unavailable
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event, new_id
from meeting_pipeline.store.tables import Artifact, Recording


@dataclass(frozen=True)
class Stored:
    """A stored result: its version, and whether it differs from the previous one."""

    version: int
    changed: bool


def add_version(
    context: StoreContext, session: Session, row: Recording, kind: ResultKind, run_id: str, *, payload: dict[str, Any],
    provenance: Provenance, **columns: Any,
) -> Stored:  # fmt: skip
    """Add a good version; ``columns`` are further columns of ``Artifact``."""
    now = context.now()
    digest = hash_json(payload)
    before = newest_good(session, row.key, kind)
    maker = provenance.model_dump(mode="json")
    changed = before is None or before[1] != digest
    shown_otherwise = changed or before is None or before[2] != maker
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
            provenance=maker,
            run_id=run_id,
            created_at=now,
            **columns,
        )
    )
    if kind != ResultKind.MINUTES and (shown_otherwise or row.status == RecordingStatus.FAILED):
        row.changed_at = now  # a failed recording has no minutes: any good result is a change
    add_event(session, row, "result", now, result=kind.value, version=version, changed=changed)
    session.flush()
    return Stored(version, changed)


def add_failed_version(context: StoreContext, session: Session, row: Recording, run_id: str, gap: Unavailable) -> None:
    """Add a failed attempt, kept beside the good versions."""
    kind = ResultKind(gap.insight.value)
    session.add(
        Artifact(
            id=new_id(),
            recording_key=row.key,
            kind=kind,
            version=_next_version(session, row.key, kind),
            available=False,
            provenance={},
            code=gap.code,
            reason=gap.reason,
            run_id=run_id,
            created_at=context.now(),
        )
    )


def newest_good(session: Session, key: str, kind: ResultKind) -> tuple[int, str | None, dict[str, Any]] | None:
    """Version, payload hash and provenance of the current result, without loading it: transcripts are large."""
    query = select(Artifact.version, Artifact.payload_hash, Artifact.provenance).where(
        Artifact.recording_key == key, Artifact.kind == kind, Artifact.available.is_(True)
    )
    found = session.execute(query.order_by(Artifact.version.desc()).limit(1)).first()
    return None if found is None else (found[0], found[1], found[2])


def _next_version(session: Session, key: str, kind: ResultKind) -> int:
    newest = session.scalar(
        select(func.max(Artifact.version)).where(Artifact.recording_key == key, Artifact.kind == kind)
    )
    return (newest or 0) + 1

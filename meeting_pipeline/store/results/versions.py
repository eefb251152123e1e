"""Versions of results: every good result and every failed attempt is a permanent row.

A held version is stored with them, and is not available until a person promotes it. It is discarded as soon as another version
becomes current or the transcript changes, because the version that it was compared with is no longer current.
Belongs here: numbering and adding versions, for callers that hold the recording's row lock.
Must not go here: the current rows for people who use SQL (``current_rows.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.answers import Unavailable
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.domain.result_versions import Change, Hold
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import add_event, new_id
from meeting_pipeline.store.tables import Artifact, Recording, VersionChange

THE_PROGRAM: Final = "meeting_pipeline"
"""Who discards a version that nobody can promote any more."""
REPLACED: Final = "Another version became current."
TRANSCRIPT_REPLACED: Final = "The transcript was replaced after this was made."
NEWER_HELD: Final = "A newer version is held."


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
    version = _add_good(session, row, kind, run_id, now, payload, maker, available=True, **columns)
    if version > 1 and kind not in (ResultKind.TRANSCRIPT, ResultKind.MINUTES):  # otherwise nothing can be held
        discard_held(context, session, row, REPLACED, kind)
    if kind != ResultKind.MINUTES and (shown_otherwise or row.status == RecordingStatus.FAILED):
        row.changed_at = now  # a failed recording has no minutes: any good result is a change
    add_event(session, row, "result", now, result=kind.value, version=version, changed=changed)
    session.flush()
    return Stored(version, changed)


def add_held_version(
    context: StoreContext, session: Session, row: Recording, kind: ResultKind, run_id: str, *, payload: dict[str, Any],
    provenance: Provenance, **columns: Any,
) -> Stored:  # fmt: skip
    """Add a version that waits for a person, in place of one that waited before. The record stays as it is."""
    now, maker = context.now(), provenance.model_dump(mode="json")
    before = newest_good(session, row.key, kind)
    discard_held(context, session, row, NEWER_HELD, kind)
    version = _add_good(
        session, row, kind, run_id, now, payload, maker, available=False, hold=Hold.HELD.value, **columns
    )
    changed = before is None or before[1] != hash_json(payload)
    add_event(session, row, "version_held", now, result=kind.value, version=version, changed=changed)
    session.flush()
    return Stored(version, changed)


def _add_good(
    session: Session, row: Recording, kind: ResultKind, run_id: str, now: datetime, payload: dict[str, Any],
    maker: dict[str, Any], **columns: Any,
) -> int:  # fmt: skip
    version = _next_version(session, row.key, kind)
    session.add(
        Artifact(
            id=new_id(),
            recording_key=row.key,
            kind=kind,
            version=version,
            payload=payload,
            payload_hash=hash_json(payload),
            provenance=maker,
            run_id=run_id,
            created_at=now,
            **columns,
        )
    )
    return version


def held_versions(session: Session, key: str, *kinds: ResultKind) -> Sequence[Artifact]:
    """The versions that wait for a person, of these kinds or of all; at most one of each kind."""
    query = select(Artifact).where(Artifact.recording_key == key, Artifact.hold == Hold.HELD.value)
    if kinds:
        query = query.where(Artifact.kind.in_([kind.value for kind in kinds]))
    return session.scalars(query.order_by(Artifact.kind, Artifact.version)).all()


def discard_held(context: StoreContext, session: Session, row: Recording, reason: str, *kinds: ResultKind) -> None:
    """Discard what waits of these kinds, or of all, because nobody can judge it any more."""
    for artifact in held_versions(session, row.key, *kinds):
        discard_version(context, session, row, artifact, THE_PROGRAM, reason)


def discard_version(
    context: StoreContext, session: Session, row: Recording, artifact: Artifact, by: str, reason: str | None
) -> None:
    """Discard a version that is held."""
    artifact.hold = Hold.DISCARDED.value
    note_change(context, session, row, NewChange(artifact.kind, artifact.version, Change.DISCARDED, by, reason))


@dataclass(frozen=True)
class NewChange:
    """Who did what with a version of a result, and why. ``from_version``: the one that was restored."""

    kind: str
    version: int
    change: Change
    by: str
    reason: str | None
    from_version: int | None = None


def note_change(context: StoreContext, session: Session, row: Recording, new: NewChange) -> None:
    """Record it, and tell those who follow the recording."""
    now = context.now()
    session.add(
        VersionChange(
            id=new_id(),
            recording_key=row.key,
            insight=new.kind,
            version=new.version,
            change=new.change.value,
            from_version=new.from_version,
            made_by=new.by,
            made_at=now,
            reason=new.reason,
        )
    )
    add_event(session, row, f"version_{new.change.value}", now, result=new.kind, version=new.version)


def add_failed_version(context: StoreContext, session: Session, row: Recording, run_id: str, gap: Unavailable) -> None:
    """Add a failed attempt, kept with the good versions."""
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
    found = session.execute(_newest_good(), {"of_key": key, "of_kind": kind}).first()
    return None if found is None else (found[0], found[1], found[2])


def _next_version(session: Session, key: str, kind: ResultKind) -> int:
    newest = session.scalar(_newest_number(), {"of_key": key, "of_kind": kind})
    return (newest or 0) + 1


# Made once: both are part of storing any result.


@cache
def _newest_good() -> Select[tuple[int, str | None, dict[str, Any]]]:
    query = select(Artifact.version, Artifact.payload_hash, Artifact.provenance).where(
        Artifact.recording_key == bindparam("of_key"),
        Artifact.kind == bindparam("of_kind"),
        Artifact.available.is_(True),
    )
    return query.order_by(Artifact.version.desc()).limit(1)


@cache
def _newest_number() -> Select[tuple[int]]:
    return select(func.max(Artifact.version)).where(
        Artifact.recording_key == bindparam("of_key"), Artifact.kind == bindparam("of_kind")
    )

"""What the store has of every recording, in bulk: the side that Dagster's records are compared with.

Reading only, with a fixed number of queries regardless of the number of recordings.
Must not go here: Dagster (``defs/ops/reconciling.py``), copying (``backup/``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select, update

from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.store.engine.database import AT_ONCE, Database
from meeting_pipeline.store.tables import Artifact, Recording, RunLease

_BEFORE_A_REQUEST = (Stage.ORDERING, Stage.TRANSCRIBING, Stage.READY)
"""Stages in which no requested run is outstanding, so that the number of requests may change."""


@dataclass(frozen=True)
class Holding:
    """What the store has of one recording.

    ``registered``: intake has reported it to Dagster. ``idle``: it has an outcome and no run works on it, so all its results
    have been reported. ``results``: kind -> newest version, failed attempts included.
    """

    key: str
    registered: bool
    idle: bool
    results: Mapping[ResultKind, int] = field(default_factory=dict)


_OBJECTS_SINCE: Final = "0035"
"""The migration since which files may be in object storage."""


def holds_content(database: Database, *, host: str | None = None, anywhere: bool = False) -> bool:
    """Whether there is any recording with a stored copy in a folder. False for a database without our tables.

    ``host``: only those that were put into the folder of this machine. ``anywhere``: also those in object storage.
    """
    version = database.schema_version()
    if version is None:
        return False
    query = select(Recording.key).where(Recording.media_file.is_not(None) | Recording.transcript_file.is_not(None))
    if version >= _OBJECTS_SINCE and not anywhere:
        query = query.where(Recording.object_prefix.is_(None))
    if host is not None:
        query = query.where(Recording.stored_on == host)
    with database.read() as session:
        return session.scalar(query.limit(1)) is not None


def holdings(database: Database) -> list[Holding]:
    """Every recording that has content, newest first. A rejected file has none, and no partition."""
    rows = (
        select(Recording.key, Recording.registered_at, Recording.stage)
        .where(Recording.media_file.is_not(None) | Recording.transcript_file.is_not(None))
        .order_by(Recording.created_at.desc(), Recording.key)
    )
    working = select(RunLease.recording_key).where(RunLease.state == "live", RunLease.recording_key.is_not(None))
    # Answered by an index alone: the rows themselves contain whole transcripts.
    versions = select(Artifact.recording_key, Artifact.kind, func.max(Artifact.version)).group_by(
        Artifact.recording_key, Artifact.kind
    )
    with database.read() as session:
        recordings = session.execute(rows).all()
        busy = set(session.scalars(working))
        results: dict[str, dict[ResultKind, int]] = {}
        for key, kind, version in session.execute(versions):
            if (known := ResultKind.known(kind)) is not None:
                results.setdefault(key, {})[known] = version
    return [
        Holding(key, registered_at is not None, stage == Stage.DONE and key not in busy, results.get(key, {}))
        for key, registered_at, stage in recordings
    ]


def current_versions(database: Database) -> dict[tuple[str, ResultKind], int]:
    """Recording and kind -> version of its current good result."""
    query = (
        select(Artifact.recording_key, Artifact.kind, func.max(Artifact.version))
        .where(Artifact.available.is_(True))
        .group_by(Artifact.recording_key, Artifact.kind)
    )
    with database.read() as session:
        return {
            (key, known): version
            for key, kind, version in session.execute(query)
            if (known := ResultKind.known(kind)) is not None
        }


def existing(database: Database, keys: Collection[str]) -> set[str]:
    """Which of these ids are recordings. At most ``AT_ONCE`` ids."""
    if len(keys) > AT_ONCE:
        raise ValueError(f"at most {AT_ONCE} keys at once")
    with database.read() as session:
        return set(session.scalars(select(Recording.key).where(Recording.key.in_(keys))))


def unfinished_requests(database: Database) -> dict[str, int]:
    """Recordings without an outstanding run request -> the number of their last request."""
    query = select(Recording.key, Recording.requests).where(Recording.stage.in_(_BEFORE_A_REQUEST))
    with database.read() as session:
        return {row.key: row.requests for row in session.execute(query)}


def raise_requests(database: Database, key: str, number: int) -> bool:
    """Continue numbering requests after ``number``. False if a request is outstanding or the number is not ahead."""
    statement = (
        update(Recording)
        .where(Recording.key == key, Recording.requests < number, Recording.stage.in_(_BEFORE_A_REQUEST))
        .values(requests=number)
        .returning(Recording.key)
        .execution_options(synchronize_session=False)
    )
    with database.write() as session:
        return session.scalar(statement) is not None

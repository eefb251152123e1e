"""The rows of versions as values: their states, makers, verdicts, notes and results. Inside the caller's transaction.

Must not go here: which versions people ask for (``version_history.py``), promoting and restoring (``version_changes.py``).
"""

import logging
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.provenance import Provenance, Usage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.result_versions import (
    Change,
    Hold,
    ResultVersion,
    VersionNote,
    VersionState,
    verdict_counts,
)
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.store.results.record_rows import UNREADABLE
from meeting_pipeline.store.results.versions import newest_good
from meeting_pipeline.store.tables import Artifact, VersionChange

_log = logging.getLogger(__name__)


def version_state(artifact: Artifact, current: int | None) -> VersionState | None:
    """The state of a version. ``current``: the version that is current. ``None``: a failed attempt."""
    if artifact.available:
        return VersionState.CURRENT if artifact.version == current else VersionState.EARLIER
    return {Hold.HELD.value: VersionState.HELD, Hold.DISCARDED.value: VersionState.DISCARDED}.get(artifact.hold or "")


def no_such_version(key: str, insight: Insight, version: int) -> PermanentError:
    """The error for a version that a recording does not have."""
    return PermanentError(
        "no_such_version",
        f"{key} has no version {version} of {insight.value}.",
        f"`meeting-pipeline versions list {key}` lists them.",
    )


def _unreadable(insight: Insight, version: int) -> PermanentError:
    """The error for a version that this program cannot read."""
    return PermanentError(
        "unreadable_version",
        f"Version {version} of {insight.value} was stored in a form that this program does not know.",
        "Choose another version.",
    )


def versions_of(
    session: Session, key: str, kinds: Sequence[ResultKind], most: int | None = None
) -> list[ResultVersion]:
    """The versions of these kinds: by kind, newest first, ``most`` of each at most. Failed attempts are left out."""
    notes: dict[tuple[str, int], list[VersionNote]] = {}
    query = select(VersionChange).where(VersionChange.recording_key == key)
    for note in session.scalars(query.order_by(VersionChange.made_at, VersionChange.id)):
        found = VersionNote(Change(note.change), note.made_by, note.made_at, note.reason, note.from_version)
        notes.setdefault((note.insight, note.version), []).append(found)
    listed = []
    for kind in kinds:
        current = newest_good(session, key, kind)
        for artifact in session.scalars(_of_kind(key, kind, most)):
            state = version_state(artifact, current[0] if current is not None else None)
            if state is not None:
                listed.append(_version_of(artifact, kind, state, notes.get((kind.value, artifact.version), [])))
    return listed


def _of_kind(key: str, kind: ResultKind, most: int | None) -> Select[tuple[Artifact]]:
    query = select(Artifact).where(
        Artifact.recording_key == key, Artifact.kind == kind.value, Artifact.payload_hash.is_not(None)
    )
    query = query.order_by(Artifact.version.desc()).limit(most)
    return query.options(defer(Artifact.payload)) if kind == ResultKind.TRANSCRIPT else query


def _version_of(
    artifact: Artifact, kind: ResultKind, state: VersionState, notes: Sequence[VersionNote]
) -> ResultVersion:
    verdicts = None if kind == ResultKind.TRANSCRIPT else _verdicts(Insight(kind.value), artifact)
    return ResultVersion(
        kind=kind,
        version=artifact.version,
        state=state,
        made_at=artifact.created_at,
        run_id=artifact.run_id,
        provenance=Provenance.model_validate(artifact.provenance),
        prompt_version=artifact.prompt_version,
        transcript_version=artifact.transcript_version,
        usage=Usage(
            calls=artifact.calls,
            input_tokens=artifact.input_tokens,
            cached_tokens=artifact.cached_tokens,
            cache_write_tokens=artifact.cache_write_tokens,
            output_tokens=artifact.output_tokens,
            cost_usd=artifact.cost_usd,
            unpriced_calls=artifact.unpriced_calls,
        ),
        verdicts=verdicts,
        notes=tuple(notes),
        meeting_date=artifact.meeting_date,
    )


def _verdicts(insight: Insight, artifact: Artifact) -> Mapping[Verdict, int] | None:
    try:
        result = forms()[insight].read(artifact.payload or {})
    except UNREADABLE as error:
        _log.warning("version %s of %s cannot be read (%s)", artifact.version, artifact.kind, type(error).__name__)
        return None
    return verdict_counts(insight, result) if result is not None else None


def read_result(artifact: Artifact) -> InsightResult:
    """The result of a version. Raises: PermanentError ``unreadable_version``."""
    insight = Insight(artifact.kind)
    try:
        found: InsightResult | None = forms()[insight].read(artifact.payload or {})
    except UNREADABLE as error:
        raise _unreadable(insight, artifact.version) from error
    if found is None:
        raise _unreadable(insight, artifact.version)
    return found

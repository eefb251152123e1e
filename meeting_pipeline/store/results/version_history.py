"""All versions of the results of a recording, for people: their states, makers, verdicts and costs.

Belongs here: reading. Must not go here: promoting and restoring (``version_changes.py``), adding versions (``versions.py``).
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased, defer

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.provenance import Provenance, Usage
from meeting_pipeline.domain.record import MeetingRecord
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
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.results.records import UNREADABLE, load_record
from meeting_pipeline.store.results.versions import newest_good
from meeting_pipeline.store.tables import Artifact, Recording, VersionChange

_log = logging.getLogger(__name__)
_SHOWN: Final = 50
"""Versions of one kind that are listed, newest first: someone who compares looks at the latest few."""


@dataclass(frozen=True)
class VersionPair:
    """Two versions of an insight, and the record with whose names they are shown. ``None``: there is no such version."""

    record: MeetingRecord
    before: ResultVersion | None
    after: ResultVersion | None
    before_result: InsightResult | None
    after_result: InsightResult | None


@retrying
class VersionHistory:
    """Repository of versions, for reading."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def of(self, key: str, insight: Insight | None = None) -> list[ResultVersion]:
        """The versions of the transcript and all insights, or of one insight: by kind, newest first.

        Failed attempts are left out. Raises: PermanentError ``unknown_recording``.
        """
        with self._context.database.read() as session:
            if session.get(Recording, key) is None:
                raise unknown_recording(key)
            known = [insight] if insight is not None else list(forms())
            kinds = [*([] if insight is not None else [ResultKind.TRANSCRIPT]), *(ResultKind(i.value) for i in known)]
            return _versions(session, key, kinds, _SHOWN)

    def held(self, key: str) -> list[Insight]:
        """The insights of which a version is held. Raises: PermanentError ``unknown_recording``."""
        return [Insight(one.kind.value) for one in self.of(key) if one.state is VersionState.HELD]

    def failed_last(self, keys: Collection[str]) -> dict[str, dict[str, str]]:
        """Error code by kind of result, by recording: those of these recordings whose last attempt failed."""
        later = aliased(Artifact)
        newer = exists().where(
            later.recording_key == Artifact.recording_key, later.kind == Artifact.kind, later.version > Artifact.version
        )
        query = select(Artifact.recording_key, Artifact.kind, Artifact.code).where(
            Artifact.recording_key.in_(keys), Artifact.code.is_not(None), ~newer
        )
        found: dict[str, dict[str, str]] = {}
        with self._context.database.read() as session:
            for key, kind, code in session.execute(query):
                found.setdefault(key, {})[kind] = code
        return found

    def held_numbers(self, key: str) -> dict[Insight, int]:
        """The numbers of the versions that are held, without loading them."""
        query = select(Artifact.kind, Artifact.version).where(
            Artifact.recording_key == key, Artifact.hold == Hold.HELD.value
        )
        with self._context.database.read() as session:
            rows = session.execute(query).tuples().all()
        return {insight: version for kind, version in rows if (insight := Insight.known(kind)) is not None}

    def pair(
        self,
        key: str,
        insight: Insight,
        before: int | None = None,
        after: int | None = None,
        record: MeetingRecord | None = None,
    ) -> VersionPair:
        """Two versions to compare. By default the current one with the one that is held, otherwise with the one before it.

        ``record``: of this recording, if the caller has it.
        Raises: PermanentError ``unknown_recording``, ``no_such_version``, ``unreadable_version``.
        """
        with self._context.database.read() as session:
            row = session.get(Recording, key)
            if row is None:
                raise unknown_recording(key)
            versions = {one.version: one for one in _versions(session, key, [ResultKind(insight.value)])}
            chosen = [_chosen(key, insight, versions, number) for number in _numbers(versions.values(), before, after)]
            results = [_result(session, key, insight, one) for one in chosen]
            return VersionPair(record or load_record(session, row), chosen[0], chosen[1], results[0], results[1])


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


def _versions(session: Session, key: str, kinds: Sequence[ResultKind], most: int | None = None) -> list[ResultVersion]:
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
                listed.append(_listed(artifact, kind, state, notes.get((kind.value, artifact.version), [])))
    return listed


def _of_kind(key: str, kind: ResultKind, most: int | None) -> Select[tuple[Artifact]]:
    query = select(Artifact).where(
        Artifact.recording_key == key, Artifact.kind == kind.value, Artifact.payload_hash.is_not(None)
    )
    query = query.order_by(Artifact.version.desc()).limit(most)
    return query.options(defer(Artifact.payload)) if kind == ResultKind.TRANSCRIPT else query


def _listed(artifact: Artifact, kind: ResultKind, state: VersionState, notes: Sequence[VersionNote]) -> ResultVersion:
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


def _numbers(versions: Iterable[ResultVersion], before: int | None, after: int | None) -> tuple[int | None, int | None]:
    """The versions to compare, where none are named: what was there, and what came or would come of it."""
    listed = sorted(versions, key=lambda one: one.version)
    current = next((one.version for one in listed if one.state is VersionState.CURRENT), None)
    held = next((one.version for one in listed if one.state is VersionState.HELD), None)
    if after is None:
        after = held if held is not None and before in (None, current) else current
    if before is None:
        earlier = [one.version for one in listed if one.state is VersionState.EARLIER and one.version < (after or 0)]
        before = current if after != current and current is not None else max(earlier, default=None)
    return before, after


def _chosen(
    key: str, insight: Insight, versions: Mapping[int, ResultVersion], number: int | None
) -> ResultVersion | None:
    if number is None:
        return None
    if number not in versions:
        raise no_such_version(key, insight, number)
    return versions[number]


def _result(session: Session, key: str, insight: Insight, version: ResultVersion | None) -> InsightResult | None:
    """A stored result. Raises: PermanentError ``unreadable_version``."""
    if version is None:
        return None
    query = select(Artifact).where(
        Artifact.recording_key == key, Artifact.kind == insight.value, Artifact.version == version.version
    )
    return read_result(session.scalars(query).one())


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

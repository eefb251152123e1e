"""All versions of the results of a recording, for people: their states, makers, verdicts and costs.

Belongs here: reading. Must not go here: how rows become versions (``version_rows.py``), promoting and restoring
(``version_changes.py``), adding versions (``versions.py``).
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.result_versions import (
    Hold,
    ResultVersion,
    VersionState,
)
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.results.version_rows import no_such_version, read_result, versions_of
from meeting_pipeline.store.tables import Artifact, Recording

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
            return versions_of(session, key, kinds, _SHOWN)

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
            versions = {one.version: one for one in versions_of(session, key, [ResultKind(insight.value)])}
            chosen = [_chosen(key, insight, versions, number) for number in _numbers(versions.values(), before, after)]
            results = [_result(session, key, insight, one) for one in chosen]
            return VersionPair(record or load_record(session, row), chosen[0], chosen[1], results[0], results[1])


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

"""Promoting, discarding and restoring versions: stored with who, when and why, and published like a changed result.

Belongs here: the changes and their consequences, each in one transaction. Must not go here: reading versions
(``version_history.py``), results on another transcript (``results_on_transcript.py``), pacing many recordings
(``steps/operations/versions.py``).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.campaigns import CampaignDecision
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.fingerprints import fingerprint_of
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.provenance import Provenance, Usage
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.result_versions import Change, Hold, VersionsChanged
from meeting_pipeline.store.campaigns.deciding import note_decision
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.results.current_rows import replace_rows
from meeting_pipeline.store.results.origins import note_origin, note_replaced
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.results.results_on_transcript import on_current_transcript
from meeting_pipeline.store.results.version_rows import no_such_version, read_result
from meeting_pipeline.store.results.versions import (
    NewChange,
    Stored,
    add_version,
    discard_version,
    held_versions,
    newest_good,
    note_change,
)
from meeting_pipeline.store.search.indexing import index_recording
from meeting_pipeline.store.tables import Artifact, GapRow, Recording, VersionChange

_RUN: Final = "restored"
"""The run id of versions that a person restored: no run made them."""


@retrying
class Versions:
    """Repository of changes that people make to versions."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def promote(
        self, key: str, by: str, reason: str | None = None, insights: Collection[Insight] = ()
    ) -> VersionsChanged:
        """Make versions that are held the current ones: those of these insights, or all. Nothing is bought.

        What people said about names and claims applies to them too.
        Raises: PermanentError ``unknown_recording``, ``nothing_held``, ``unreadable_version``, ``failed_recording``,
            ``not_finished``.
        """
        with self._context.database.write() as session:
            row = _completed(session, key)
            held = _held(session, key, insights)
            changed = [self._promoted(session, row, artifact, by, reason) for artifact in held]
            note_decision(session, key, {one.kind: one.version for one in held}, CampaignDecision.PROMOTED)
            self._publish(session, row, changed=any(changed))
            return VersionsChanged(key, {Insight(one.kind): one.version for one in held})

    def discard(
        self, key: str, by: str, reason: str | None = None, insights: Collection[Insight] = ()
    ) -> VersionsChanged:
        """Discard versions that are held: those of these insights, or all. They stay listed and can be restored.

        Raises: PermanentError ``unknown_recording``, ``nothing_held``.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            held = _held(session, key, insights)
            for artifact in held:
                discard_version(self._context, session, row, artifact, by, reason)
            note_decision(session, key, {one.kind: one.version for one in held}, CampaignDecision.DISCARDED)
            return VersionsChanged(key, {Insight(one.kind): one.version for one in held})

    def restore(self, key: str, insight: Insight, version: int, by: str, reason: str | None = None) -> VersionsChanged:
        """Make a copy of a version the current one. Claims whose words the current transcript does not have are unverified.

        Empty if it is the current version, or equal to it. A gap is closed: a person chose what is shown.
        Raises: PermanentError ``unknown_recording``, ``no_such_version``, ``unreadable_version``, ``failed_recording``,
            ``not_finished``.
        """
        kind = ResultKind(insight.value)
        with self._context.database.write() as session:
            row = _completed(session, key)
            artifact = session.scalar(
                select(Artifact).where(
                    Artifact.recording_key == key, Artifact.kind == kind.value, Artifact.version == version
                )
            )
            if artifact is None or artifact.payload is None:
                raise no_such_version(key, insight, version)
            if artifact.hold == Hold.HELD.value:
                changed = self._promoted(session, row, artifact, by, reason)
                note_decision(session, key, {artifact.kind: version}, CampaignDecision.PROMOTED)
                self._publish(session, row, changed=changed)
                return VersionsChanged(key, {insight: version})
            before = newest_good(session, key, kind)
            if before is not None and before[0] == version:
                return VersionsChanged(key, {})
            gap = session.get(GapRow, (key, insight.value))
            stored = self._restored(session, row, kind, artifact)
            if gap is not None:
                session.delete(gap)
            restored = NewChange(kind.value, stored.version, Change.RESTORED, by, reason, version)
            note_change(self._context, session, row, restored)
            maker_differs = before is None or before[2] != artifact.provenance
            self._publish(session, row, changed=stored.changed or maker_differs or gap is not None)
            return VersionsChanged(key, {insight: stored.version})

    def made_current_since(self, key: str, moment: datetime | None) -> list[Insight]:
        """The insights of which people promoted or restored a version since then. ``None``: ever."""
        query = select(VersionChange.insight).where(
            VersionChange.recording_key == key, VersionChange.change != Change.DISCARDED.value
        )
        if moment is not None:
            query = query.where(VersionChange.made_at >= moment)
        with self._context.database.read() as session:
            names = set(session.scalars(query))
        return [insight for insight in forms() if insight.value in names]

    def _promoted(self, session: Session, row: Recording, artifact: Artifact, by: str, reason: str | None) -> bool:
        """Make a version that is held the current one. True if it differs from the one before.

        Raises: PermanentError ``unreadable_version``: a version that cannot be shown does not replace the current one.
        """
        read_result(artifact)
        before = newest_good(session, row.key, ResultKind(artifact.kind))
        gap = session.get(GapRow, (row.key, artifact.kind))
        artifact.hold, artifact.available = Hold.PROMOTED.value, True
        _note_maker(session, Insight(artifact.kind), artifact)
        if gap is not None:
            session.delete(gap)
        promoted = NewChange(artifact.kind, artifact.version, Change.PROMOTED, by, reason)
        note_change(self._context, session, row, promoted)
        same = before is not None and before[1:] == (artifact.payload_hash, artifact.provenance)
        return gap is not None or not same

    def _restored(self, session: Session, row: Recording, kind: ResultKind, artifact: Artifact) -> Stored:
        """Add a copy of a version, as far as the current transcript supports it, and note who made it."""
        result, coverage, transcript = on_current_transcript(session, artifact)
        payload = result.model_dump(mode="json")
        same = payload == artifact.payload
        stored = add_version(
            self._context,
            session,
            row,
            kind,
            _RUN,
            payload=payload,
            provenance=Provenance.model_validate(artifact.provenance),
            coverage=coverage.model_dump(mode="json") if coverage is not None else None,
            prompt_version=artifact.prompt_version,
            transcript_version=transcript,
            meeting_date=artifact.meeting_date,
            input_hash=artifact.input_hash if same else None,
        )
        _note_maker(session, Insight(kind.value), artifact)
        if not same:
            note_replaced(session, row.key, kind.value, self._context.now())
        return stored

    def _publish(self, session: Session, row: Recording, *, changed: bool) -> None:
        """Show the change in the current rows and the search; minutes and the next revision follow, as after an edit."""
        session.flush()
        record = load_record(session, row)
        replace_rows(session, record)
        index_recording(session, row, record)
        if changed:
            row.changed_at = self._context.now()


def _note_maker(session: Session, insight: Insight, artifact: Artifact) -> None:
    """Note what made the version that is the current one now: by this it is stale or not."""
    note_origin(
        session,
        artifact.recording_key,
        insight.value,
        fingerprint=fingerprint_of(forms()[insight], artifact.prompt_version or ""),
        provenance=Provenance.model_validate(artifact.provenance),
        usage=Usage(**{name: getattr(artifact, name) for name in Usage.model_fields if hasattr(artifact, name)}),
        at=artifact.created_at,
    )


def _completed(session: Session, key: str) -> Recording:
    """The recording, locked. Raises: PermanentError ``unknown_recording``, ``not_finished``, ``failed_recording``."""
    row = locked_recording(session, key)
    if row.status == RecordingStatus.FAILED:
        raise PermanentError(
            "failed_recording", f"{key} failed: it has no record to change.", f"meeting-pipeline reprocess {key}"
        )
    if row.status != RecordingStatus.COMPLETED:
        raise PermanentError("not_finished", f"{key} is still {row.status}.", "Wait until it is finished.")
    return row


def _held(session: Session, key: str, insights: Collection[Insight]) -> list[Artifact]:
    known = set(forms())
    kinds = [ResultKind(insight.value) for insight in insights]
    found = [one for one in held_versions(session, key, *kinds) if Insight.known(one.kind) in known]
    if not found:
        raise PermanentError(
            "nothing_held",
            "No version is held" + (f" of {', '.join(kind.value for kind in kinds)}." if kinds else "."),
            f"Make some: meeting-pipeline reprocess {key} --hold",
        )
    return found

"""The events that runs would have reported for stored results, built from the store: for records that Dagster has lost.

The metadata come from the functions that the assets use. A tag and two metadata entries mark the events, because their time
is that of the repair, not of the result.
Must not go here: which events are missing (``defs/ops/reconciling.py``).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import dagster as dg

from meeting_pipeline.defs.assets.insight_metadata import extracted_metadata, missing_metadata
from meeting_pipeline.defs.assets.minutes import MINUTES, minutes_metadata, minutes_tags
from meeting_pipeline.defs.assets.recording import RECORDING, recording_metadata
from meeting_pipeline.defs.assets.transcript_metadata import transcript_metadata
from meeting_pipeline.defs.assets.versions import CODE_VERSION_TAG, insight_versions, transcript_versions
from meeting_pipeline.defs.checks import available_check, transcript_checks
from meeting_pipeline.defs.policies import OUTCOME_TAG
from meeting_pipeline.domain.errors import PermanentError, PipelineError
from meeting_pipeline.domain.fingerprints import REPLACED
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.fingerprints import fingerprints_in_use
from meeting_pipeline.steps.delivery.finish import as_finished
from meeting_pipeline.steps.extraction.outcomes import Missing, stored_answer
from meeting_pipeline.steps.processing.outcome_words import insight_outcome, transcript_outcome
from meeting_pipeline.steps.transcription.obtained import Obtained
from meeting_pipeline.store.tables import Artifact, Recording

RECONCILED_TAG: Final = "meeting_pipeline/reconciled"
"""Tag of materializations that were reported from the store, not by a run."""

Event = dg.AssetMaterialization | dg.AssetCheckResult


def events_of(
    installation: Installation, key: str, assets: Collection[str], checks: Collection[str] = ()
) -> Iterator[Event]:
    """Materializations of these assets for one recording, and evaluations of these checks (by name), upstream first.

    Leaves out what the store does not have. Raises: PermanentError ``unknown_recording``; StoreUnavailable.
    """
    row = installation.store.recordings.get(key)
    if RECORDING.to_user_string() in assets:
        yield _recording(row)
    wanted = [kind for kind in ResultKind if kind.value in assets]
    if not wanted and not checks:
        return
    record, current = installation.store.records.get(key), installation.store.results.current(key)
    if ResultKind.TRANSCRIPT in current:
        found = Transcript.model_validate(current[ResultKind.TRANSCRIPT].payload)
        if ResultKind.TRANSCRIPT in wanted:
            yield _transcript(row, current[ResultKind.TRANSCRIPT], found)
        yield from (c for c in transcript_checks(found, row.duration_ms) if c.check_name in checks)
    for insight in Insight:
        materialization, check = _insight(installation, record, insight, current.get(ResultKind(insight.value)))
        if ResultKind(insight.value) in wanted and materialization is not None:
            yield materialization
        if check is not None and check.check_name in checks:
            yield check
    if ResultKind.MINUTES in wanted and ResultKind.MINUTES in current:
        yield _minutes(installation, record, current[ResultKind.MINUTES])


def _recording(row: Recording) -> dg.AssetMaterialization:
    return _marked(RECORDING, row.key, recording_metadata(row), {}, row.created_at)


def _transcript(row: Recording, artifact: Artifact, found: Transcript) -> dg.AssetMaterialization:
    obtained = Obtained(
        found,
        artifact.version,
        changed=False,
        reused=False,
        cost_usd=artifact.cost_usd,
        unpriced=artifact.unpriced_calls > 0,
    )
    tags = {OUTCOME_TAG: transcript_outcome(found), **transcript_versions(found)}
    return _marked(dg.AssetKey("transcript"), row.key, transcript_metadata(obtained), tags, artifact.created_at)


def _insight(
    installation: Installation, record: MeetingRecord, insight: Insight, artifact: Artifact | None
) -> tuple[dg.AssetMaterialization | None, dg.AssetCheckResult | None]:
    asset = dg.AssetKey(insight.value)
    if artifact is not None and forms()[insight].read(artifact.payload or {}) is not None:
        answer = stored_answer(insight, artifact)
        found = replace(answer, reused=False, spent=answer.answer.usage)
        tags = {OUTCOME_TAG: insight_outcome(found), **insight_versions(found)}
        if installation.store.origins.of(record.key).get(insight.value) == REPLACED:
            tags[CODE_VERSION_TAG] = REPLACED
        made = _marked(asset, record.key, extracted_metadata(found, record), tags, artifact.created_at)
        return made, available_check(insight, version=found.version)
    versions = installation.store.results.versions(record.key, ResultKind(insight.value))
    tries = [
        version for version in versions if version.hold is None
    ]  # one that is held is not an attempt at the result
    if not tries:
        return None, None
    error = _error_of(record, insight, tries[-1])
    in_use = fingerprints_in_use(installation.analyst)
    gap = Missing(insight, error, fingerprint=in_use[insight.value])
    metadata = missing_metadata(gap, record)
    tags = {OUTCOME_TAG: insight_outcome(gap), **insight_versions(gap)}
    made = _marked(asset, record.key, metadata, tags, tries[-1].created_at)
    return made, available_check(insight, version=None, why_not=error.message)


def _error_of(record: MeetingRecord, insight: Insight, newest: Artifact) -> PipelineError:
    for gap in record.gaps:
        if gap.insight is insight:
            return PermanentError(gap.code, gap.reason, gap.advice)
    return PermanentError(newest.code or "internal_error", newest.reason or "There is no result.")


def _minutes(installation: Installation, record: MeetingRecord, artifact: Artifact) -> dg.AssetMaterialization:
    finished = as_finished(installation, record, artifact.version)
    return _marked(MINUTES, record.key, minutes_metadata(finished), minutes_tags(finished), artifact.created_at)


def _marked(
    asset: dg.AssetKey, key: str, metadata: Mapping[str, Any], tags: Mapping[str, str], made_at: datetime
) -> dg.AssetMaterialization:
    marks = {"reconciled": dg.MetadataValue.bool(True), "made_at": dg.MetadataValue.timestamp(made_at)}
    return dg.AssetMaterialization(
        asset, partition=key, metadata={**metadata, **marks}, tags={**tags, RECONCILED_TAG: "true"}
    )

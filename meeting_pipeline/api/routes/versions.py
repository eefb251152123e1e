"""Versions over HTTP: listing and comparing them, and promoting, discarding and restoring them.

Must not go here: what a promotion is (``store/results/version_changes.py``), making versions that are held (``recordings.py``).
"""

from typing import Annotated

from fastapi import APIRouter, Query

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader, Submitter
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, UNKNOWN, ApiError, responses
from meeting_pipeline.api.schemas.versions import (
    DiffList,
    VersionDecision,
    VersionDiff,
    VersionList,
    VersionRestore,
    VersionsChanged,
)
from meeting_pipeline.api.schemas.versions import Version as VersionSchema
from meeting_pipeline.domain import result_versions
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.version_json import version_fields
from meeting_pipeline.steps.extraction.compare import compare, compare_all

router = APIRouter(prefix="/v1/recordings", tags=["versions"], route_class=StrictRoute)
_CHANGE = responses(
    _404="No such recording or version; `code` says which.",
    _409="Nothing is held, or the recording is not completed; `code` says which.",
    _422="The body is invalid.",
    **REFUSED,
)


@router.get("/{recording_id}/versions", operation_id="listVersions", responses=responses(**REFUSED, **UNKNOWN))
def list_versions(
    installation: Opened,
    _caller: Reader,
    key: Key,
    insight: Annotated[Insight | None, Query(description="Only this insight.")] = None,
) -> VersionList:
    """List the versions of the transcript and the insights, newest first, at most 50 of each.

    Each with who made it, its verdicts and cost, and what people did with it.
    """
    found = installation.store.version_history.of(key, insight)
    versions = [VersionSchema.model_validate(version_fields(one)) for one in found]
    return VersionList(recording_id=key, versions=versions)


@router.get(
    "/{recording_id}/diff",
    operation_id="compareVersions",
    responses=responses(
        _404="No such recording or version; `code` says which.", _422="A parameter is invalid.", **REFUSED
    ),
)
def compare_versions(
    installation: Opened,
    _caller: Reader,
    key: Key,
    insight: Annotated[Insight | None, Query(description="Only this insight. Default: what is held.")] = None,
    before: Annotated[int | None, Query(alias="from", ge=1, le=2**31 - 1, description="With `insight`.")] = None,
    after: Annotated[int | None, Query(alias="to", ge=1, le=2**31 - 1, description="With `insight`.")] = None,
) -> DiffList:
    """Compare two versions: what a held version would change, or what the current one changed.

    Without `insight`: all insights with a held version or, if there is none, those with an earlier version.
    """
    if insight is None and (before is not None or after is not None):
        raise ApiError(422, "insight_missing", "`from` and `to` need `insight`.", "Versions are numbered per insight.")
    found = (
        [compare(installation, key, insight, before, after)] if insight is not None else compare_all(installation, key)
    )
    return DiffList(recording_id=key, diffs=[VersionDiff.model_validate(one.fields()) for one in found])


@router.post("/{recording_id}/versions:promote", operation_id="promoteVersions", responses=_CHANGE)
def promote_versions(
    installation: Opened, caller: Submitter, key: Key, wanted: VersionDecision | None = None
) -> VersionsChanged:
    """Make held versions current. Nothing is bought. Submitters get them by webhook as one revision, after a few seconds."""
    asked = wanted or VersionDecision(reason=None)
    insights = [asked.insight] if asked.insight is not None else []
    return _changed(installation.store.versions.promote(key, caller.name, asked.reason, insights))


@router.post("/{recording_id}/versions:discard", operation_id="discardVersions", responses=_CHANGE)
def discard_versions(
    installation: Opened, caller: Submitter, key: Key, wanted: VersionDecision | None = None
) -> VersionsChanged:
    """Discard held versions. They stay listed and can be restored."""
    asked = wanted or VersionDecision(reason=None)
    insights = [asked.insight] if asked.insight is not None else []
    return _changed(installation.store.versions.discard(key, caller.name, asked.reason, insights))


@router.post("/{recording_id}/versions:restore", operation_id="restoreVersion", responses=_CHANGE)
def restore_version(installation: Opened, caller: Submitter, key: Key, wanted: VersionRestore) -> VersionsChanged:
    """Make an earlier or discarded version current again, as a new version, checked against the current transcript."""
    restored = installation.store.versions.restore(key, wanted.insight, wanted.version, caller.name, wanted.reason)
    return _changed(restored)


def _changed(changed: result_versions.VersionsChanged) -> VersionsChanged:
    versions = {insight.value: version for insight, version in changed.versions.items()}
    return VersionsChanged(recording_id=changed.key, versions=versions)

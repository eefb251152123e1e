"""What is reported about a result: metadata, tags and checks, for an asset's own run and for a shared run.

Must not go here: single metadata (``transcript_metadata.py``, ``insight_metadata.py``, ``minutes.py``), the verdicts of checks
(``defs/checks.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.insight_metadata import extracted_metadata, missing_metadata
from meeting_pipeline.defs.assets.minutes import MINUTES, minutes_metadata, minutes_tags
from meeting_pipeline.defs.assets.transcript_metadata import transcript_metadata
from meeting_pipeline.defs.assets.versions import insight_versions, transcript_versions
from meeting_pipeline.defs.checks import available_check, transcript_checks
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.version_diff import VersionDiff
from meeting_pipeline.steps.delivery.finish import Finished
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline.steps.processing.outcome_words import insight_outcome, transcript_outcome
from meeting_pipeline.steps.processing.stages import Transcribed


@dataclass(frozen=True)
class Result:
    """One asset of one recording, as it is reported."""

    asset: str
    metadata: Mapping[str, dg.MetadataValue]
    tags: Mapping[str, str]
    checks: Sequence[dg.AssetCheckResult] = ()

    def as_step_result(self) -> dg.MaterializeResult[None]:
        """The result of the asset's step."""
        return dg.MaterializeResult(
            asset_key=self.asset, metadata=self.metadata, tags=self.tags, check_results=self.checks
        )


def transcript_result(found: Transcribed) -> Result:
    """The report of a transcript."""
    transcript = found.obtained.transcript
    return Result(
        "transcript",
        transcript_metadata(found.obtained),
        {policies.OUTCOME_TAG: transcript_outcome(transcript), **transcript_versions(transcript)},
        transcript_checks(transcript, found.recording_ms),
    )


def insight_result(record: MeetingRecord, outcome: Extracted | Missing, diff: VersionDiff | None = None) -> Result:
    """The report of an insight or a gap."""
    insight = outcome.insight
    if isinstance(outcome, Missing):
        metadata = missing_metadata(outcome, record)
        check = available_check(insight, version=outcome.kept_version, why_not=outcome.error.message)
    else:
        metadata = extracted_metadata(outcome, record, diff)
        check = available_check(insight, version=outcome.version)
    tags = {policies.OUTCOME_TAG: insight_outcome(outcome), **insight_versions(outcome)}
    return Result(insight.value, metadata, tags, [check])


def minutes_result(finished: Finished) -> Result:
    """The report of the minutes."""
    return Result(MINUTES.to_user_string(), minutes_metadata(finished), minutes_tags(finished))

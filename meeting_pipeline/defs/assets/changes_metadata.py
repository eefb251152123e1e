"""Metadata of a new version for analysts: how it differs from the one before it, or from the one that it would replace.

Must not go here: how versions differ (``domain/version_diff.py``), other metadata of an insight (``insight_metadata.py``).
"""

from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.preview import count
from meeting_pipeline.domain.diff_text import diff_markdown
from meeting_pipeline.domain.document import escape_markdown
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.version_diff import VersionDiff
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing

HELD: Final = "held"
"""The value of ``OUTCOME_TAG`` of an observation: the version waits for a person."""
_NO_DIFF: Final = "Nothing to compare with."
_MORE: Final = "\n\n(cut; `meeting-pipeline diff` shows all of it)"


def changes_metadata(diff: VersionDiff | None, record: MeetingRecord) -> dg.MarkdownMetadataValue:
    """The difference, cut where Dagster's log would become slow."""
    if diff is None:
        return dg.MetadataValue.md(_NO_DIFF)
    shown: list[str] = []
    room = policies.PREVIEW_CHARACTERS
    for line in diff_markdown(diff, record).splitlines():
        room -= len(line) + 1
        if room < 0:
            return dg.MetadataValue.md("\n".join(shown) + _MORE)
        shown.append(line)
    return dg.MetadataValue.md("\n".join(shown))


def held_observation(
    record: MeetingRecord, outcome: Extracted | Missing, diff: VersionDiff | None
) -> dg.AssetObservation:
    """What is reported of a version that is held: an observation, because the asset itself stays as it is."""
    insight, spent = outcome.insight.value, outcome.spent
    paid = {"llm_calls": count(spent.calls), "cost_usd": dg.MetadataValue.float(spent.cost_usd)}
    if isinstance(outcome, Missing):
        said = {
            "outcome": dg.MetadataValue.text("nothing is held"),
            "problem": dg.MetadataValue.text(outcome.error.code),
            "changes": dg.MetadataValue.md(escape_markdown(outcome.error.message)),
        }
        return dg.AssetObservation(insight, partition=record.key, metadata={**said, **paid})
    maker = outcome.answer.provenance
    made = {
        "outcome": dg.MetadataValue.text(HELD),
        "version": count(outcome.version),
        "provider": dg.MetadataValue.text(f"{maker.provider} ({maker.model})"),
        "prompt_version": dg.MetadataValue.text(outcome.answer.prompt_version),
        "changes": changes_metadata(diff, record),
    }
    tags = {policies.OUTCOME_TAG: HELD}
    return dg.AssetObservation(insight, partition=record.key, metadata={**made, **paid}, tags=tags)

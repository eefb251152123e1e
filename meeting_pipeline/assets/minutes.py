"""``minutes``: the meeting record for people, written from whatever there is; writing it ends the recording."""

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.assets.retrying import RUN_RETRY, failure
from meeting_pipeline.domain.errors import PermanentError, WorkerFenced
from meeting_pipeline.domain.models import Insight
from meeting_pipeline.partitions import recordings
from meeting_pipeline.resources.worker import Worker
from meeting_pipeline.steps.finishing import Finished, finish
from meeting_pipeline.steps.opening import Installation

MINUTES = dg.AssetKey("minutes")


@dg.asset(
    key=MINUTES,
    deps=["transcript", *[insight.value for insight in Insight]],
    partitions_def=recordings,
    group_name="meeting_record",
    owners=[policies.OWNER],
    kinds={"markdown"},
    tags={"tier": "critical", "pii": "true"},
    code_version="1",
    retry_policy=RUN_RETRY,
    description=(
        "The minutes of a meeting: summary, topics, decisions, action items with their quotes, and every gap named as a "
        "gap. Rendered from the current versions of everything; a draft says so at its top.\n\n"
        "Writing the minutes ends the recording as `completed`, and the webhook events are stored in the same transaction. "
        "When a result changes later, the minutes are written again by themselves and a next revision is told."
    ),
)
def minutes(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> dg.MaterializeResult[None]:
    """Write the minutes and end the recording."""
    run_id = worker.begin(context.partition_key, collecting=False)
    try:
        finished = finish(installation, context.partition_key, run_id)
    except (PermanentError, WorkerFenced) as error:
        raise failure(error, what_next="") from error
    return dg.MaterializeResult(metadata=minutes_metadata(finished), tags=minutes_tags(finished))


def minutes_tags(finished: Finished) -> dict[str, str]:
    """The outcome, for filters."""
    return {policies.OUTCOME_TAG: "draft" if finished.record.draft else "available"}


def minutes_metadata(finished: Finished) -> dict[str, dg.MetadataValue]:
    """What an analyst sees of the minutes. The text itself is a preview; the file holds it whole."""
    record = finished.record
    return {
        "minutes": dg.MetadataValue.md(finished.minutes[: policies.PREVIEW_CHARACTERS]),
        "file": dg.MetadataValue.path(finished.path),
        "title": dg.MetadataValue.text(record.title),
        "gaps": dg.MetadataValue.text(", ".join(gap.insight.value for gap in record.gaps) or "none"),
        "gap_count": dg.MetadataValue.int(len(record.gaps)),
        "draft": dg.MetadataValue.bool(record.draft),
        "action_item_count": dg.MetadataValue.int(len(record.action_items or ())),
        "decision_count": dg.MetadataValue.int(len(record.decisions or ())),
        "duration_minutes": dg.MetadataValue.float(round(record.duration_ms / 60_000, 2)),
        "cost_usd": dg.MetadataValue.float(round(record.cost_usd, 6)),
        "version": dg.MetadataValue.int(finished.version),
        "revision_told": dg.MetadataValue.text(str(finished.revision) if finished.revision else "nothing new to tell"),
    }

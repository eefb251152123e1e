"""``minutes``: the meeting record for people, written from the results there are. Writing it ends the recording.

Must not go here: what the minutes say (``domain/minutes.py``), what ends a recording (``steps/delivery/finish.py``).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.assets.retrying import RUN_RETRY, begin, ending_red
from meeting_pipeline.defs.assets.versions import minutes_code_version, minutes_versions
from meeting_pipeline.defs.partitions import recordings
from meeting_pipeline.defs.preview import count, excerpt, measure, notice, preview
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.claim_edits import unverified_counts
from meeting_pipeline.domain.insight_forms import Form, forms
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.status_notes import draft_note, gap_note
from meeting_pipeline.domain.units import MS_PER_MINUTE
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import Finished
from meeting_pipeline.steps.processing.attempts import Attempt
from meeting_pipeline.steps.processing.outcome_words import minutes_outcome
from meeting_pipeline.steps.processing.stages import deliver_webhook, write_minutes

MINUTES = dg.AssetKey("minutes")
_SUMMARY_CHARACTERS = 400
"""Of the summary in the UI, above the items."""
_ITEM_CHARACTERS = 120
"""Of an item in the UI: about one line."""


def minutes_asset(in_use: Mapping[str, str]) -> dg.AssetsDefinition:
    """The asset. It depends on all insights that are defined. ``in_use``: their fingerprints."""
    return dg.asset(
        key=MINUTES,
        deps=["transcript", *Insight.names()],
        partitions_def=recordings,
        group_name="meeting_record",
        owners=[policies.OWNER],
        kinds={"markdown"},
        tags={"tier": "critical", "pii": "true"},
        code_version=minutes_code_version(in_use),
        retry_policy=RUN_RETRY,
        output_required=False,  # if another run has the recording
        description=(
            "The minutes of a meeting: summary, topics, decisions, action items with their quotes, and every gap named as a "
            "gap. Rendered from all current versions; a draft says so at the top.\n\n"
            "Writing the minutes ends the recording as `completed`, and the webhook events are stored in the same "
            "transaction. When a result changes later, the minutes are written again automatically and sent as a new "
            "revision."
        ),
    )(minutes)


@redacting
def minutes(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> Iterator[dg.MaterializeResult[None]]:
    """Write the minutes and end the recording; then deliver its webhook."""
    run_id = begin(context, worker, collecting=False)
    if run_id is None:
        return
    attempt = Attempt(context.partition_key, run_id, context.retry_number)
    with ending_red():
        finished = write_minutes(installation, attempt)
    yield dg.MaterializeResult(metadata=minutes_metadata(finished), tags=minutes_tags(finished))
    deliver_webhook(installation, attempt, worker.may_start)


def minutes_tags(finished: Finished) -> dict[str, str]:
    """The outcome as a tag, for filtering, and the versions."""
    return {policies.OUTCOME_TAG: minutes_outcome(finished.record), **minutes_versions(finished)}


def minutes_metadata(finished: Finished) -> dict[str, dg.MetadataValue]:
    """What an analyst sees of the minutes; the full text is in the file. A number that a gap leaves unknown has no value."""
    record = finished.record
    return {
        "outcome": dg.MetadataValue.text(minutes_outcome(record)),
        "title": dg.MetadataValue.text(record.title),
        "preview": preview(_preview(record)),
        "minutes": dg.MetadataValue.md(finished.minutes[: policies.PREVIEW_CHARACTERS]),
        "file": dg.MetadataValue.path(finished.path),
        "dagster/uri": dg.MetadataValue.text(Path(finished.path).absolute().as_uri()),
        "gaps": dg.MetadataValue.text(", ".join(gap.insight.value for gap in record.gaps) or "none"),
        "gap_count": count(len(record.gaps)),
        "draft": dg.MetadataValue.bool(record.draft),
        "unverified_count": count(sum(unverified_counts(record).values())),
        **{form.counted: _count(record, form) for form in forms().values() if form.counted},
        "duration_minutes": measure(record.duration_ms / MS_PER_MINUTE, 2),
        "cost_usd": measure(None if record.unpriced_purchases else record.cost_usd, 6),
        "unpriced_purchases": count(record.unpriced_purchases),
        "version": count(finished.version),
        "revision_told": dg.MetadataValue.text(
            str(finished.revision) if finished.revision else "nothing new to announce"
        ),
    }


def _count(record: MeetingRecord, form: Form[Any]) -> dg.IntMetadataValue:
    result = record.results.get(form.insight)
    return count(None if result is None else form.count(result))


def _preview(record: MeetingRecord) -> Iterator[str]:
    for gap in record.gaps:
        missing = gap.insight not in record.results
        yield notice(f"{gap.insight.value}: {gap_note(record, gap, missing=missing)}")
    if record.draft:
        yield notice(draft_note(record))
    if record.summary is not None:
        yield excerpt(record.summary.short_summary, _SUMMARY_CHARACTERS)
    for item in record.action_items or ():
        owner = record.speaker_name(item.owner) if item.owner else "nobody named"
        due = f" (due {item.due_date.isoformat()})" if item.due_date else ""
        yield f"- {excerpt(f'{owner}: {item.task}{due}', _ITEM_CHARACTERS)}"

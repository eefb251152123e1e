"""The optional assets (``speakers``, ``summary``, ``action_items``, ``decisions`` and more), extracted in parallel in one step.

They fail soft: when the attempts of this run are used up, a provider error becomes a visible gap (a materialization with
the outcome ``gap`` and a failed WARN check), the run continues, and the gap is retried later. A bug fails the run.
Must not go here: prompts (``insights/``), what a gap does to the record (``store/results/results.py``).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.insight_metadata import described, extracted_metadata, missing_metadata, outcome_tag
from meeting_pipeline.defs.assets.redaction import redacted_message, redacting
from meeting_pipeline.defs.assets.retrying import (
    RUN_RETRY,
    begin,
    ending_red,
    may_retry_in_run,
    requested_by_user,
    retry_in_run,
)
from meeting_pipeline.defs.checks import available_check, insight_checks
from meeting_pipeline.defs.partitions import recordings
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.insight_forms import Form, forms
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.foundation.logs import step_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.extraction.extract import Extracted, Missing, extract, note_gap


def _spec(form: Form[Any]) -> dg.AssetSpec:
    return dg.AssetSpec(
        form.insight.value,
        deps=["transcript"],
        partitions_def=recordings,
        group_name=policies.INSIGHTS_GROUP,
        owners=[policies.OWNER],
        kinds={"llm", "sql"},
        tags={"tier": "optional", "pii": "true"},
        code_version=form.code_version,
        description=described(form),
    )


def insights_asset() -> dg.AssetsDefinition:
    """The assets of all insights that are defined."""
    return dg.multi_asset(
        name="insights",
        specs=[_spec(form) for form in forms().values()],
        check_specs=insight_checks(),
        can_subset=True,
        retry_policy=RUN_RETRY,
        pool=policies.LLM_POOL,
    )(insights)


@redacting
def insights(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> Iterator[dg.MaterializeResult[None]]:
    """Extract the selected insights in parallel. Yields a result or a gap for each."""
    key = context.partition_key
    run_id = begin(worker, key, collecting=False)
    selected = [insight for insight in Insight if dg.AssetKey(insight.value) in context.selected_asset_keys]
    with ending_red():
        installation.store.results.gap_run_began(key, selected)
        outcomes = extract(installation, key, run_id, selected, requested_by_user=requested_by_user(context))
    missing = [outcome for outcome in outcomes.values() if isinstance(outcome, Missing)]
    hopeful = next((gap for gap in missing if may_retry_in_run(context, gap.error)), None)
    for outcome in outcomes.values():
        _say(outcome, key, run_id, context.retry_number + 1, again=hopeful is not None)
    if hopeful is not None:
        context.log.warning("Not extracted yet: %s.", ", ".join(gap.insight.value for gap in missing))
        retry_in_run(hopeful.error)
    with ending_red():
        for gap in missing:
            outcomes[gap.insight] = note_gap(installation, key, run_id, gap)
        # Read once, after everything of this run is stored: the record includes the whole transcript.
        record = installation.store.records.get(key)
    for insight in selected:
        outcome = outcomes[insight]
        with ending_red():
            match outcome:
                case Missing():
                    shown = _gap(context, installation, record, outcome)
                case Extracted():
                    shown = _available(record, outcome)
        yield shown


def _say(outcome: Extracted | Missing, key: str, run_id: str, attempt: int, *, again: bool) -> None:
    """Write one log line per insight and attempt."""
    code: str | None = None
    if isinstance(outcome, Missing):
        word, code = "retried" if again else policies.OUTCOME_GAP, outcome.error.code
    else:
        word = "reused" if outcome.reused else outcome_tag(outcome)
    step_line(
        outcome.insight.value,
        word,
        recording_id=key,
        run_id=run_id,
        attempt=attempt,
        duration_ms=outcome.duration_ms,
        code=code,
    )


def _available(record: MeetingRecord, found: Extracted) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        asset_key=found.insight.value,
        metadata=extracted_metadata(found, record),
        tags={policies.OUTCOME_TAG: outcome_tag(found)},
        check_results=[available_check(found.insight, version=found.version)],
    )


def _gap(
    context: dg.AssetExecutionContext, installation: Installation, record: MeetingRecord, gap: Missing
) -> dg.MaterializeResult[None]:
    context.log.warning("%s is a gap: %s", gap.insight.value, redacted_message(installation.settings, gap.error))
    return dg.MaterializeResult(
        asset_key=gap.insight.value,
        metadata=missing_metadata(gap, record),
        tags={policies.OUTCOME_TAG: policies.OUTCOME_GAP},
        check_results=[available_check(gap.insight, version=gap.kept_version, why_not=gap.error.message)],
    )

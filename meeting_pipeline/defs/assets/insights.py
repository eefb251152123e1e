"""The optional assets (``speakers``, ``summary``, ``action_items``, ``decisions`` and more), extracted in parallel in one step.

They fail soft: when the attempts of this run are used up, a provider error becomes a visible gap (a materialization with
the outcome ``gap`` and a failed WARN check), the run continues, and the gap is retried later. A bug fails the run.
Must not go here: prompts (``insights/``), what a gap does to the record (``store/results/results.py``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.backfills import campaign_of, results_of_campaign
from meeting_pipeline.defs.assets.chosen_version import InsightsConfig
from meeting_pipeline.defs.assets.insight_metadata import column_schema, described
from meeting_pipeline.defs.assets.redaction import redacted_message, redacting
from meeting_pipeline.defs.assets.results import insight_result
from meeting_pipeline.defs.assets.retrying import (
    RUN_RETRY,
    begin,
    ending_red,
    failure,
    requested_by_user,
    retry_in_run,
)
from meeting_pipeline.defs.assets.versions import code_version_of
from meeting_pipeline.defs.checks import insight_checks
from meeting_pipeline.defs.partitions import recordings
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.insight_forms import Form, forms
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.campaigns.backfill import begin_part
from meeting_pipeline.steps.extraction.outcomes import Missing
from meeting_pipeline.steps.processing.attempts import Attempt, RetryInRun
from meeting_pipeline.steps.processing.campaign_part import end_part
from meeting_pipeline.steps.processing.stages import extract_insights


def _spec(form: Form[Any], in_use: Mapping[str, str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        form.insight.value,
        deps=["transcript"],
        skippable=True,  # if another run has the recording
        partitions_def=recordings,
        group_name=policies.INSIGHTS_GROUP,
        owners=[policies.OWNER],
        kinds={"llm", "sql"},
        tags={"tier": "optional", "pii": "true"},
        metadata={"dagster/column_schema": column_schema(form.insight)},
        code_version=code_version_of(form, in_use),
        description=described(form),
    )


def insights_asset(in_use: Mapping[str, str]) -> dg.AssetsDefinition:
    """The assets of all insights that are defined. ``in_use``: their fingerprints."""
    return dg.multi_asset(
        name="insights",
        specs=[_spec(form, in_use) for form in forms().values()],
        check_specs=insight_checks(),
        can_subset=True,
        retry_policy=RUN_RETRY,
        pool=policies.LLM_POOL,
    )(insights)


@redacting
def insights(
    context: dg.AssetExecutionContext,
    config: InsightsConfig,
    installation: dg.ResourceParam[Installation],
    worker: dg.ResourceParam[Worker],
) -> Iterator[dg.MaterializeResult[None]]:
    """Extract the selected insights in parallel. Yields a result or a gap for each."""
    key = context.partition_key
    run_id = begin(context, worker, collecting=False)
    if run_id is None:
        return
    selected = [insight for insight in Insight if dg.AssetKey(insight.value) in context.selected_asset_keys]
    attempt = Attempt(key, run_id, context.retry_number, requested_by_user(context))
    with ending_red(OperatorError):
        campaign = campaign_of(context, installation, config)
        part = begin_part(installation, campaign, key, run_id) if campaign is not None else None
    if campaign is not None and part is None:
        context.log.info("The campaign %s has already made it.", campaign)
        return
    if part is not None:
        attempt = replace(attempt, earlier=part.item.earlier, hold=part.item.hold, campaign=campaign)
    with ending_red(), config.chosen(installation) as chosen:
        found = extract_insights(chosen, attempt, selected)
    if isinstance(found, RetryInRun):
        context.log.warning("Not extracted yet: %s.", ", ".join(found.missing))
        retry_in_run(found.error)
    if part is not None and campaign is not None:
        with ending_red():
            part.note(found)
            end_part(part, run_id)
            shown_of_campaign = list(results_of_campaign(context, installation, campaign, found))
        yield from (result.as_step_result() for result in shown_of_campaign)
        if (error := part.error()) is not None:
            raise failure(error, next_step=f"The campaign {campaign} makes the rest when it continues.") from error
        return
    for outcome in found.outcomes:
        with ending_red():
            if isinstance(outcome, Missing):
                why = redacted_message(installation.settings, outcome.error)
                context.log.warning("%s is a gap: %s", outcome.insight.value, why)
            shown = insight_result(found.record, outcome, found.diffs.get(outcome.insight)).as_step_result()
        yield shown

"""A backfill over partitions that a person started in the Dagster UI: Dagster's data about it, and reports of its campaign.

Must not go here: the campaign, its cap and its hold (``steps/campaigns/backfill.py``).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import quote

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.dagster_internals import BACKFILL_ID_TAG
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.changes_metadata import HELD, changes_metadata, held_observation
from meeting_pipeline.defs.assets.chosen_version import InsightsConfig
from meeting_pipeline.defs.assets.results import Result, insight_result
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.campaigns.backfill import Backfill, is_limited, join, require_no_purchase
from meeting_pipeline.steps.extraction.gaps import with_kept
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline.steps.processing.stages import Extractions

CAMPAIGN: Final = "campaign"
"""Metadata of what a backfill's campaign made: its name, with links."""


def campaign_of(context: dg.AssetExecutionContext, installation: Installation, config: InsightsConfig) -> str | None:
    """The campaign for which this run makes its recording; the run gets its tag. ``None``: it is part of no limited backfill.

    Raises: OperatorError ``unknown_price``.
    """
    backfill = _backfill_of(context.run)
    if backfill is None:
        return None
    name = join(installation, backfill, lambda: _described(context, backfill, config))
    if name is not None and context.run.tags.get(shared_policies.CAMPAIGN_TAG) != name:
        context.instance.add_run_tags(context.run.run_id, {shared_policies.CAMPAIGN_TAG: name})
    return name


def no_purchase_in_limited_backfill(context: dg.AssetExecutionContext, installation: Installation) -> None:
    """Raises: OperatorError ``transcripts_cost_money``."""
    if _backfill_of(context.run) is not None and is_limited(installation):
        require_no_purchase(installation, context.partition_key)


def results_of_campaign(
    context: dg.AssetExecutionContext, installation: Installation, name: str, found: Extractions
) -> Iterator[Result]:
    """The reports of the insights that a campaign has made.

    Insights that it has not made are left out, so their earlier results stay. For a held version, the current one is reported
    again, so that the backfill ends, and its partition stays as stale as before. The new version is an observation.
    """
    link = _link(installation, name)
    for outcome in found.outcomes:
        if isinstance(outcome, Missing):
            continue
        diff = found.diffs.get(outcome.insight)
        if not found.held:
            made = insight_result(found.record, outcome, diff)
            yield replace(made, metadata={**made.metadata, CAMPAIGN: link})
            continue
        observed = held_observation(found.record, outcome, diff)
        context.log_event(observed.with_metadata({**observed.metadata, CAMPAIGN: link}))
        stays = _kept_current(installation, found.record.key, outcome, name)
        if stays.kept_version is not None:
            said = insight_result(found.record, stays)
            changes = {"changes": changes_metadata(diff, found.record), CAMPAIGN: link}
            metadata = {**said.metadata, **changes, "outcome": dg.MetadataValue.text(HELD)}
            yield Result(said.asset, metadata, {**said.tags, policies.OUTCOME_TAG: HELD}, said.checks)


def _kept_current(installation: Installation, key: str, made: Extracted, name: str) -> Missing:
    """The version that is current while the new one is held."""
    kind = ResultKind(made.insight.value)
    current = installation.store.results.current(key, kind).get(kind)
    held = OperatorError(
        HELD,
        f"Version {made.version} is held.",
        f"meeting-pipeline campaigns promote {name}, or campaigns discard {name}",
    )
    version = current.version if current is not None else None
    return with_kept(installation, key, Missing(made.insight, held, version, made.spent, made.duration_ms))


def _backfill_of(run: dg.DagsterRun) -> str | None:
    """The backfill that a person started, of which this run is a part. `reprocess` has its own plan and question."""
    return None if shared_policies.REPROCESS_TAG in run.tags else run.tags.get(BACKFILL_ID_TAG)


def _described(context: dg.AssetExecutionContext, backfill: str, config: InsightsConfig) -> Backfill:
    """What Dagster knows of it. If it has forgotten it, the partition of this run is all of it."""
    keys: list[str] = [context.partition_key]
    assets = [key.to_user_string() for key in context.selected_asset_keys]
    found = context.instance.get_backfill(backfill)
    if found is not None and found.is_asset_backfill:
        graph = context.repository_def.asset_graph
        target = found.get_asset_backfill_data(graph).target_subset
        made = [key for key in target.asset_keys if key.to_user_string() in Insight.names()]
        every = {one for key in made for one in target.get_partitions_subset(key).get_partition_keys()}
        known = context.instance.get_dynamic_partitions(RECORDINGS)
        keys = [key for key in known if key in every] or keys
        assets = [key.to_user_string() for key in made]
    return Backfill(backfill, tuple(keys), tuple(assets), config.model, config.prompt)


def _link(installation: Installation, name: str) -> dg.MarkdownMetadataValue:
    tag = quote(f"tag:{shared_policies.CAMPAIGN_TAG}={name}", safe="")
    runs = f"{installation.settings.ui_url}/runs?q[0]={tag}"
    return dg.MetadataValue.md(f"[{name}]({installation.settings.api_url}/) ([runs]({runs}))")

"""The asset ``evaluation``: a version (model and prompts, or rules) measured on labelled meetings.

Its partitions are versions, so Dagster plots each figure over them. It touches no recording. Must not go here: scoring and
comparing (``evaluation/``), what becomes the default (``meeting-pipeline prompts promote``).
"""

import logging
from collections.abc import Iterator

import dagster as dg

from meeting_pipeline.catalog.charts import versions_chart
from meeting_pipeline.defs import checks, policies
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.partitions import VERSIONS, versions
from meeting_pipeline.defs.preview import count, measure, schema_of
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.evaluation.measuring import Measurement
from meeting_pipeline.evaluation.measuring import measure as measure_version
from meeting_pipeline.evaluation.policies import MAX_USD
from meeting_pipeline.evaluation.reading import installed_set
from meeting_pipeline.evaluation.report import report_text
from meeting_pipeline.evaluation.storing import Kept, figures_of, keep
from meeting_pipeline.evaluation.versions import MEASURED, find_version, known_versions, version
from meeting_pipeline.evaluation.worst import to_markdown, worst_items
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.tables.evaluations import EvaluationRow

_log = logging.getLogger(__name__)
_F1 = ("action_items.f1", "action_items.shown.f1", "decisions.f1", "decisions.shown.f1", "names.f1")
_PLOTTED = {
    "action items with candidates: F1": "action_items.shown.f1",
    "decisions with candidates: F1": "decisions.shown.f1",
    "scripted lies published": "lies",
}
_CHART_VERSIONS = 30
"""Versions in the chart; more would be unreadable."""
_MEANINGS = {
    "id": "id of the measurement",
    "version": "what was measured; its partition key in Dagster",
    "set_hash": "hash of the labelled meetings: only measurements on the same ones are compared",
    "provider": "who made the results",
    "model": "with which model",
    "prompt_versions": "version of the question of each insight",
    "meetings": "how many labelled meetings",
    "complete": "whether every meeting has every answer",
    "cost_usd": "cost of the whole measurement",
    "figures": "each figure with its interval",
    "created_at": "when it was made",
}


class EvaluationConfig(dg.Config):
    """Options for starting it. ``max_usd``: its maximum cost; a version without a known price is refused."""

    max_usd: float = MAX_USD


@dg.asset(
    partitions_def=versions,
    group_name="quality",
    owners=[policies.OWNER],
    kinds={"python", "sql"},
    tags={"pii": "true"},
    code_version="1",
    metadata={
        "dagster/column_schema": schema_of(EvaluationRow, _MEANINGS),
        "dagster/table_name": EvaluationRow.__tablename__,
    },
    check_specs=checks.EVALUATION_CHECKS,
    description="The quality of a version's results: precision, recall and F1 with intervals, owners, dates, names, "
    "scripted "
    "lies, tokens and cost, measured on the labelled meetings that come with the program and those in `evaluation` below the "
    "home. A person starts it; with a language model it costs at most `max_usd`.",
)
@redacting
def evaluation(
    context: dg.AssetExecutionContext, config: EvaluationConfig, installation: dg.ResourceParam[Installation]
) -> Iterator[dg.MaterializeResult[None]]:
    """Measure the version of the partition, store the figures and compare them with those of the current version."""
    prompt = find_version(installation.settings, context.partition_key)
    with version(installation.settings, prompt=prompt) as measured:
        found = measure_version(
            measured, installed_set(installation.settings.home), MEASURED, config.max_usd, context.log.info
        )
    if not found.results:
        raise dg.Failure(description=found.stopped, allow_retries=False)
    kept = keep(installation.store.evaluations, found)
    figures = {name.replace(".", "_"): measure(figure.value, 6) for name, figure in found.figures.items()}
    yield dg.MaterializeResult(
        metadata={
            "meetings": count(len(found.results)),
            "table": dg.MetadataValue.md(f"```\n{report_text(found)}\n```"),
            "worst_items": dg.MetadataValue.md(to_markdown(worst_items(found.results))),
            "chart": dg.MetadataValue.md(_chart(installation, found)),
            **figures,
        },
        check_results=_verdicts(kept),
    )


def _verdicts(kept: Kept) -> list[dg.AssetCheckResult]:
    nothing = "nothing to compare with: no other version was measured on the same meetings"
    than = f"not worse than {kept.baseline.version}" if kept.baseline is not None else nothing
    compared = {
        checks.F1_NOT_WORSE: kept.worse(*_F1),
        checks.COST_NOT_HIGHER: kept.worse("cost_usd"),
    }
    verdicts = [
        checks.evaluation_check(name, passed=not worse, why="; ".join(map(str, worse)) or than)
        for name, worse in compared.items()
    ]
    lies = figures_of(kept.row.figures).get("lies")
    passing = lies is not None and bool(lies.value)
    share = f"{lies.value:.0%} of the scripted lies" if lies is not None and lies.value is not None else "not measured"
    return [*verdicts, checks.evaluation_check(checks.NO_LIE_PASSES, passed=not passing, why=share)]


def _chart(installation: Installation, found: Measurement) -> str:
    rows = installation.store.evaluations.on_set(found.fingerprint, _CHART_VERSIONS)
    lines = {
        title: [figure.value if (figure := figures_of(row.figures).get(name)) else None for row in rows]
        for title, name in _PLOTTED.items()
    }
    try:
        return versions_chart([row.version for row in rows], lines)
    except Exception as error:  # noqa: BLE001 - whatever failed, the figures matter more than their chart
        _log.exception("the chart could not be drawn")
        return f"The chart could not be drawn ({type(error).__name__})."


def register_versions(instance: dg.DagsterInstance, installation: Installation) -> list[str]:
    """Add a partition for each version that can be measured here and has none. Returns them. Removes none."""
    try:
        known = known_versions(installation.settings)
    except OperatorError as error:  # a file of questions that cannot be read must not hold up anything else
        _log.warning("versions were not registered: %s", error)
        return []
    missing = sorted(set(known) - set(instance.get_dynamic_partitions(VERSIONS)))
    if missing:
        instance.add_dynamic_partitions(VERSIONS, missing)
    return missing

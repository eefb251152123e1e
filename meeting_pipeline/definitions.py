"""The code location: everything that Dagster shows and runs, assembled in one place.

Read it as a table of contents. ``build_definitions`` accepts overrides, so that tests and embedding programs can replace a
resource without patching. Must not go here: details of what is defined elsewhere.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import dagster as dg

from meeting_pipeline.defs.assets import (
    analyst_tables,
    campaigns,
    catalog,
    commitments,
    evaluation,
    insights,
    minutes,
    recording,
    transcript,
)
from meeting_pipeline.defs.assets.source import with_source
from meeting_pipeline.defs.assets.versions import versions_at_load
from meeting_pipeline.defs.jobs import ASSET_JOBS, BATCH_JOBS
from meeting_pipeline.defs.resources.installation import InstallationResource
from meeting_pipeline.defs.resources.worker import WorkerResource
from meeting_pipeline.defs.schedules import nightly_prune, nightly_voices
from meeting_pipeline.defs.sensors.bucket_inbox import bucket_inbox
from meeting_pipeline.defs.sensors.campaigns_due import campaigns_due
from meeting_pipeline.defs.sensors.drop_folder import drop_folder
from meeting_pipeline.defs.sensors.gaps_due import gaps_due
from meeting_pipeline.defs.sensors.mail_due import mail_due
from meeting_pipeline.defs.sensors.missing_partitions import missing_partitions
from meeting_pipeline.defs.sensors.results_changed import results_changed
from meeting_pipeline.defs.sensors.stalled_runs import stalled_runs
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.defs.sensors.webhooks_due import webhooks_due
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.insights.user_insights import load_user_insights
from meeting_pipeline.settings import load_settings

_log = logging.getLogger(__name__)
SENSORS = [
    drop_folder,
    bucket_inbox,
    transcripts_ready,
    webhooks_due,
    mail_due,
    gaps_due,
    campaigns_due,
    results_changed,
    stalled_runs,
    missing_partitions,
]


def assets(in_use: Mapping[str, str]) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return all assets. A function, because the insights depend on files that users may have added.

    ``in_use``: the fingerprints of the insights, which are their code versions.
    """
    made = [
        transcript.transcript,
        insights.insights_asset(in_use),
        minutes.minutes_asset(in_use),
        catalog.tables_asset(),
        commitments.commitments,
        analyst_tables.analyst_tables,
        analyst_tables.dashboard,
        evaluation.evaluation,
        campaigns.campaigns,
    ]
    return [recording.recording, *(with_source(one, _code_of(one)) for one in made)]


def _code_of(asset: dg.AssetsDefinition) -> Callable[..., Any]:
    compute = asset.op.compute_fn
    return compute if callable(compute) and not hasattr(compute, "decorated_fn") else compute.decorated_fn


def build_definitions(
    *, overrides: Mapping[str, Any] | None = None, in_use: Mapping[str, str] | None = None
) -> dg.Definitions:
    """Build the definitions; ``overrides`` replaces resources by name, ``in_use`` are the fingerprints of the insights.

    The ``in_process`` executor is set here and not on a job: materializations from the Dagster UI and asset backfills run under
    Dagster's implicit asset job, which uses the executor of the definitions.
    """
    installation = (overrides or {}).get("installation", InstallationResource())
    return dg.Definitions(
        assets=assets(in_use or {}),
        jobs=[*ASSET_JOBS, *BATCH_JOBS],
        schedules=[nightly_prune, nightly_voices],
        sensors=SENSORS,
        resources={
            "installation": installation,
            "worker": WorkerResource(installation=installation),
            **(overrides or {}),
        },
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Entry point named in ``workspace.yaml`` and ``pyproject.toml``. Loads custom insights, which become assets."""
    with suppress(PermanentError):  # a bad setting: the resource ``installation`` reports it where somebody reads it
        settings = load_settings()
        for problem in load_user_insights(settings.home):
            _log.error("left out of the insights: %s", problem)
        return build_definitions(in_use=versions_at_load(settings))
    return build_definitions()

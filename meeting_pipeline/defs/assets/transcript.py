"""``transcript``: the critical asset. Without it there is no record; everything else may be missing.

Must not go here: where a transcript comes from (``steps/transcription/collect.py``), the waits between attempts
(``policies.py``).
"""

from collections.abc import Iterator
from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.backfills import no_purchase_in_limited_backfill
from meeting_pipeline.defs.assets.partition_colours import withdraw_checks, withdraw_plans
from meeting_pipeline.defs.assets.recording import RECORDING
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.assets.results import transcript_result
from meeting_pipeline.defs.assets.retrying import (
    RUN_RETRY,
    begin,
    ending_red,
    failure,
    requested_by_user,
    retry_in_run,
)
from meeting_pipeline.defs.assets.transcript_metadata import SEGMENTS_SCHEMA
from meeting_pipeline.defs.assets.versions import TRANSCRIPT_CODE_VERSION
from meeting_pipeline.defs.checks import (
    TRANSCRIBED,
    TRANSCRIPT_CHECKS,
    transcript_checks_waiting,
    transcript_failed_check,
)
from meeting_pipeline.defs.partitions import recordings
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.processing.attempts import Attempt, RetryInRun
from meeting_pipeline.steps.processing.stages import Postponed, Transcribed, transcribe
from meeting_pipeline.steps.transcription.collect import Waiting

_SPEC: Final = dg.AssetSpec(
    "transcript",
    deps=[RECORDING],
    skippable=True,  # while the provider works, or if another run has the recording
    partitions_def=recordings,
    group_name="transcription",
    owners=[policies.OWNER],
    kinds={"speech_to_text", "sql"},
    tags={"tier": "critical", "pii": "true"},
    metadata={"dagster/column_schema": SEGMENTS_SCHEMA, "dagster/table_name": "segments"},
    code_version=TRANSCRIPT_CODE_VERSION,
    description=(
        "Who said what, and when: the diarized transcript. Each materialization names its provider: a service, an engine "
        "on this machine (a draft, marked as one), or the transcript export that was submitted. The words are in the "
        "table `segments` of the results database; this is a preview.\n\n"
        "Speakers are labels (A, B, ...), named by the asset `speakers`. Materializing it again with the "
        "same options buys nothing; with other options it places a new order and ends; the run that collects "
        "the transcript starts automatically.\n\n"
        "If it fails permanently, the recording is `failed` and its submitter is notified."
    ),
)


@dg.multi_asset(
    name="transcript",
    specs=[_SPEC],
    check_specs=TRANSCRIPT_CHECKS,
    can_subset=True,  # without it, Dagster demands verdicts of a run that has nothing to judge
    retry_policy=RUN_RETRY,
    pool=policies.TRANSCRIPTION_POOL,
)
@redacting
def transcript(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Collect, make or reuse the transcript. While the provider works on it, downstream assets are skipped."""
    key = context.partition_key
    run_id = begin(context, worker, collecting=True)
    if run_id is None:
        return
    with ending_red(OperatorError):
        no_purchase_in_limited_backfill(context, installation)
    with ending_red():
        outcome = transcribe(installation, Attempt(key, run_id, context.retry_number, requested_by_user(context)))
    match outcome:
        case RetryInRun():
            retry_in_run(outcome.error)
        case Postponed():
            failed = outcome.due is None
            withdraw_plans(
                context.instance, context.run.run_id, key, but=[_SPEC.key.to_user_string()] if failed else []
            )
            withdraw_checks(context.instance, context.run.run_id, key, but=[TRANSCRIBED] if failed else [])
            if failed:
                yield transcript_failed_check(outcome.error.code)
            raise failure(outcome.error, next_step=outcome.next_step) from outcome.error
        case Waiting():
            context.log.info("Ordered from %s; a run that collects it starts automatically.", outcome.provider)
            yield from transcript_checks_waiting(outcome.provider)
        case Transcribed():
            yield transcript_result(outcome).as_step_result()

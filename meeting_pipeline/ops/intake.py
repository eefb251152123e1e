"""The ops of the jobs ``intake`` and ``order_again``: take files in, then order their transcriptions."""

from collections.abc import Iterator

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.assets.recording import RECORDING, recording_metadata
from meeting_pipeline.partitions import RECORDINGS
from meeting_pipeline.resources.worker import Worker
from meeting_pipeline.steps.inbox import find_settled
from meeting_pipeline.steps.intake import Taken, take_in
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.steps.ordering import order_due


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Validate, decode, hash, store and register the settled files of the drop folder, one batch.",
)
def take_in_files(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> Iterator[dg.AssetMaterialization | dg.Output[None]]:
    """Each accepted file becomes a partition with a materialized ``recording``; a bad one is set aside with its reason."""
    worker.begin_batch()
    now = installation.store.context.now().timestamp()
    report = take_in(installation, find_settled(installation.settings.inbox, now, policies.INTAKE_BATCH))
    fresh = [taken for taken in report.taken if not taken.accepted.duplicate]
    context.instance.add_dynamic_partitions(RECORDINGS, [taken.accepted.key for taken in fresh])
    for taken in fresh:
        yield _materialization(taken)
    for refused in report.refused:
        context.log.warning("Set aside (%s): %s See %s", refused.code, refused.message, refused.note.parent)
    context.log.info(
        "%d new, %d known already, %d set aside, %d left for the next look.",
        len(fresh), len(report.taken) - len(fresh), len(report.refused), report.left,
    )  # fmt: skip
    yield dg.Output(None)


def _materialization(taken: Taken) -> dg.AssetMaterialization:
    new = taken.new
    return dg.AssetMaterialization(
        RECORDING,
        partition=taken.accepted.key,
        metadata=recording_metadata(
            size_bytes=new.size_bytes,
            duration_ms=new.duration_ms,
            codec=new.facts.codec if new.facts else None,
            container=new.facts.container if new.facts else None,
            sha256=new.sha256,
            original_name=new.original_name,
        ),
    )


@dg.op(
    ins={"after": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing),
    description="Upload and order the transcriptions that are due. Orders are rows in the ledger before anything waits.",
)
def place_orders(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """What cannot be ordered now is due again later; that is no failure of this run."""
    report = order_due(installation, worker.begin_batch())
    context.log.info(
        "%d ordered or needing no order, %d due again later, %d failed.", report.placed, report.deferred, report.failed
    )

"""The ops of the jobs ``intake`` and ``order_again``: take files in, then order their transcriptions.

Must not go here: what becomes of a file (``steps/intake.py``) or an order (``steps/ordering.py``).
"""

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.assets.recording import RECORDING, recording_metadata
from meeting_pipeline.assets.retrying import failure
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.partitions import RECORDINGS
from meeting_pipeline.resources.worker import Worker
from meeting_pipeline.running.crash_points import crash_point
from meeting_pipeline.steps.inbox import find_settled
from meeting_pipeline.steps.intake import take_in
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.steps.ordering import OrderReport, order_due
from meeting_pipeline.steps.room import lacking
from meeting_pipeline.store.tables import Recording


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Validate, decode, hash, store and register the settled files of the drop folder, one batch.",
)
def take_in_files(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """Each accepted file becomes a partition with a materialized ``recording``; a bad one is set aside with its reason."""

    def register(key: str) -> None:
        # Each by itself: an intake before may have died between the two, and `transcripts_ready` adds partitions too.
        materialized = dg.AssetRecordsFilter(asset_key=RECORDING, asset_partitions=[key])
        if not context.instance.fetch_materializations(materialized, limit=1).records:
            context.log_event(_materialization(installation.store.recordings.get(key)))
        if not context.instance.has_dynamic_partition(RECORDINGS, key):
            context.instance.add_dynamic_partitions(RECORDINGS, [key])
        crash_point("intake.partitions_added", key)

    worker.begin_batch()
    now = installation.store.context.now().timestamp()
    new = known = refused = left = 0
    trouble: StoreUnavailable | None = None
    for candidate in find_settled(installation.settings.inbox, now, policies.INTAKE_BATCH):
        report = take_in(installation, [candidate], register=register)
        for taken in report.taken:
            crash_point("intake.original_deleted", taken.accepted.key)
            new, known = new + (not taken.accepted.duplicate), known + taken.accepted.duplicate
        for file in report.refused:
            context.log.warning("Set aside (%s): %s See %s", file.code, file.message, file.note.parent)
        refused, left = refused + len(report.refused), left + report.left
        trouble = report.trouble or trouble
        if report.trouble is not None and _is_for_all(report.trouble, installation):
            break
    context.log.info("%d new, %d known already, %d set aside, %d left for the next look.", new, known, refused, left)
    if trouble is not None:
        context.instance.add_run_tags(context.run_id, {policies.TROUBLE_TAG: trouble.code})  # the sensor backs off
        raise failure(trouble, what_next="The files stay in the drop folder; intake looks again, later and later.")


def _is_for_all(trouble: StoreUnavailable, installation: Installation) -> bool:
    """Whether the next file would meet the same: what is too large, or cannot be read, stops no other."""
    return trouble.code.startswith("database") or lacking(installation.settings.recordings) is not None


def _materialization(row: Recording) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        RECORDING,
        partition=row.key,
        metadata=recording_metadata(
            size_bytes=row.size_bytes,
            duration_ms=row.duration_ms,
            codec=row.codec,
            container=row.container,
            sha256=row.sha256,
            original_name=row.original_name,
        ),
    )


@dg.op(
    ins={"after": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing),
    description="Upload and order what is not large, right after it was taken in. Large uploads are left to `order_again`.",
)
def place_small_orders(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """An upload that takes long must not hold up the next intake."""
    _tell(context, order_due(installation, worker.begin_batch(), policies.INTAKE_UPLOAD_BYTES))


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Upload and order the transcriptions that are due. Orders are rows in the ledger before anything waits.",
)
def place_orders(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """What cannot be ordered now is due again later; that is no failure of this run."""
    _tell(context, order_due(installation, worker.begin_batch()))


def _tell(context: dg.OpExecutionContext, report: OrderReport) -> None:
    context.log.info(
        "%d ordered or needing no order, %d due again later, %d failed.", report.placed, report.deferred, report.failed
    )

"""The ops of the jobs ``intake`` and ``order_again``: accept files, register them, and order their transcriptions.

Must not go here: what happens to a file (``steps/intake/batch.py``) or an order (``steps/transcription/order.py``).
"""

import time
from contextlib import closing
from typing import Final

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.assets.retrying import failure
from meeting_pipeline.defs.ops.registering import clear_all_deleted, register, register_new
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.attempts import Attempts
from meeting_pipeline.steps.intake.batch import Intake
from meeting_pipeline.steps.intake.bucket.arriving import Arriving, bucket_for_this_run
from meeting_pipeline.steps.intake.inbox import Candidate, find_settled
from meeting_pipeline.steps.intake.inspections import Inspections
from meeting_pipeline.steps.intake.settling import looks_of
from meeting_pipeline.steps.transcription.order import OrderReport, order_due

_FOR_ALL: Final = ("resources_exhausted", "sandbox_broken", "storage_changed", "storage_refused", "storage_unreachable")
"""Codes of errors that concern the machine or the object storage, not one file."""


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Register with Dagster what was submitted or deleted over HTTP; then validate, decode, hash, store and "
    "register one batch of settled files from the drop folder.",
)
@redacting
def take_in_files(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """Turn each accepted file into a partition with a materialized ``recording``; reject a bad file with its reason."""

    def known(key: str) -> None:
        register(context, installation, installation.store.recordings.get(key))

    worker.begin_batch()
    cleared = clear_all_deleted(context, installation)  # first: the same content may have been submitted again
    registered = register_new(context, installation)
    if cleared or registered:
        context.log.info("%d recordings from HTTP registered, %d deleted ones removed.", registered, cleared)
    with (
        Inspections() as inspections,
        closing(Intake(installation, inspections, register=known)) as intake,
        bucket_for_this_run(installation) as bucket,
    ):
        _take_batch(installation, intake, Arriving(installation, intake, bucket))
        report = intake.report
    shows_names = installation.settings.ui_previews == "on"
    for file in report.refused:
        said = f"{file.message} See {file.note.parent}" if shows_names else f"See {installation.settings.rejected}"
        context.log.warning("Rejected (%s): %s", file.code, said)
    again = sum(taken.accepted.duplicate for taken in report.taken)
    context.log.info(
        "%d new, %d already known, %d rejected, %d left for the next run.",
        len(report.taken) - again, again, len(report.refused), report.left,
    )  # fmt: skip
    if report.trouble is not None:
        context.instance.add_run_tags(
            context.run_id, {policies.TROUBLE_TAG: report.trouble.code}
        )  # the sensor backs off
        raise failure(report.trouble, next_step="The files stay in the drop folder; intake retries with back-off.")


def _take_batch(installation: Installation, intake: Intake, from_bucket: Arriving) -> None:
    """Take one batch of settled files, including those that settle while slow inspections are in progress.

    Objects of the bucket are taken between them, one by one.

    A file during which a worker died comes last and alone, so that it cannot take others down with it. Files that wait
    after a failure do not count towards the batch.
    """
    looks, attempts = looks_of(installation.settings.home), Attempts(installation.settings.home)
    seen: set[Candidate] = set()
    suspects: list[Candidate] = []
    while True:
        found = find_settled(
            installation.settings.inbox,
            time.monotonic(),
            policies.INTAKE_SEEN,
            looks,
            lambda candidate: attempts.deferral_reason(candidate, time.time()) is not None,
        )
        for candidate in [one for one in found if one not in seen][: max(shared_policies.INTAKE_BATCH - len(seen), 0)]:
            seen.add(candidate)
            if attempts.died(candidate):
                suspects.append(candidate)
            else:
                _take(installation, intake, candidate)
            if _is_over(installation, intake):
                return
        if intake.is_idle and suspects:
            _take(installation, intake, suspects.pop(0))
        from_bucket.take_next()
        intake.finish_ready()
        if _is_over(installation, intake) or (intake.is_idle and not suspects and from_bucket.is_over):
            return
        if not intake.is_idle and from_bucket.is_over:
            time.sleep(policies.INTAKE_LOOK_SECONDS)


def _take(installation: Installation, intake: Intake, candidate: Candidate) -> None:
    before = len(intake.report.taken)
    intake.take(candidate)
    intake.finish_ready()
    for taken in intake.report.taken[before:]:
        crash_point("intake.original_deleted", taken.accepted.key)


def _is_over(installation: Installation, intake: Intake) -> bool:
    trouble = intake.report.trouble
    return trouble is not None and _is_for_all(trouble, installation)


def _is_for_all(trouble: StoreUnavailable | StorageRefused, installation: Installation) -> bool:
    """Whether the next file would fail the same way. A file that is too large or unreadable does not stop the others."""
    if trouble.code.startswith("database") or trouble.code in _FOR_ALL:
        return True
    return lacking(installation.settings.recordings) is not None


@dg.op(
    ins={"after": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing),
    description="Upload and order small recordings right after they are accepted. Large uploads are left to `order_again`.",
)
@redacting
def place_small_orders(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """Order only small recordings: a long upload must not delay the next intake."""
    _log_report(context, order_due(installation, worker.begin_batch(), policies.INTAKE_UPLOAD_BYTES))


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Upload and order the transcriptions that are due. Orders are rows in the ledger before anything waits.",
)
@redacting
def place_orders(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """Place due orders. An order that cannot be placed now becomes due again later and does not fail this run."""
    _log_report(context, order_due(installation, worker.begin_batch()))


def _log_report(context: dg.OpExecutionContext, report: OrderReport) -> None:
    context.log.info(
        "%d ordered, or without need for an order; %d to be retried, %d failed.",
        report.placed,
        report.deferred,
        report.failed,
    )

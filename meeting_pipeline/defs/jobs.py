"""The jobs: one per kind of run. Each description says what starts it.

``process_recording`` is one run per recording; the others work on many recordings at once. ``process_recordings`` does the same
work for many.
Must not go here: what the ops and assets do.
"""

from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.ops.deliver_mail import deliver_mails
from meeting_pipeline.defs.ops.deliver_webhooks import deliver
from meeting_pipeline.defs.ops.embed_transcripts import make_vectors
from meeting_pipeline.defs.ops.intake import place_orders, place_small_orders, take_in_files
from meeting_pipeline.defs.ops.make_voices import make_voices_of_speakers
from meeting_pipeline.defs.ops.process_recordings import process_each
from meeting_pipeline.defs.ops.prune import remove_what_is_old
from meeting_pipeline.defs.ops.refresh_minutes import refresh
from meeting_pipeline.foundation.run_tags import hidden_tag
from meeting_pipeline.steps.processing.run_config import JOB

JOB_TAG: Final = hidden_tag("job")
"""Run tag with which ``dagster.yaml`` limits batch jobs to one run at a time."""

CATALOG: Final = ("meetings", "action_item_register")
"""The tables over all meetings: the names of their assets and files."""


def _tags(job: str, priority: int) -> dict[str, str]:
    return {JOB_TAG: job, "dagster/priority": str(priority)}


process_recording = dg.define_asset_job(
    "process_recording",
    selection=dg.AssetSelection.assets("transcript", "minutes") | dg.AssetSelection.groups(policies.INSIGHTS_GROUP),
    description="One recording from transcript to minutes. Started by `transcripts_ready` and, for gaps, by `gaps_due`.",
)
refresh_catalog = dg.define_asset_job(
    "refresh_catalog",
    selection=[*CATALOG, "commitments", "analyst_tables", "dashboard"],
    tags=_tags("refresh_catalog", policies.PRIORITY_GAP),
    description="The tables over all meetings, commitments, and plots. Started by `results_changed`.",
)
refresh_campaigns = dg.define_asset_job(
    "refresh_campaigns",
    selection=["campaigns"],
    tags=_tags("refresh_campaigns", policies.PRIORITY_GAP),
    description="The table and the plots of campaigns. Started by `campaigns_due`.",
)


@dg.job(
    tags=_tags("intake", policies.PRIORITY_INTAKE),
    description="Accept dropped files and order their transcriptions. Started by `drop_folder` and `bucket_inbox`.",
)
def intake() -> None:
    """Files first, then orders."""
    place_small_orders(after=take_in_files())


@dg.job(
    tags={"dagster/priority": str(policies.PRIORITY_INTAKE)},  # several may run: the ledger's claims keep them apart
    description="Order transcriptions of large recordings, and those whose retry is due. Started by `transcripts_ready`.",
)
def order_again() -> None:
    """Orders only."""
    place_orders()


@dg.job(
    tags=_tags("deliver_webhooks", policies.PRIORITY_DELIVERY),
    description="Drain the webhook outbox. Started by `webhooks_due`.",
)
def deliver_webhooks() -> None:
    """Sends everything that is due."""
    deliver()


@dg.job(
    tags=_tags(
        "deliver_mail", policies.PRIORITY_GAP
    ),  # nobody waits for a mail, and a server that hangs takes a run's time
    description="Send the minutes that are due by e-mail. Started by `mail_due`.",
)
def deliver_mail() -> None:
    """Sends everything that is due."""
    deliver_mails()


@dg.job(
    name=JOB,  # several may run: each has its own recordings
    description="Many recordings from transcript to minutes, in one run. Started by `transcripts_ready` when more are ready "
    "than runs are free, by `gaps_due`, and by `meeting-pipeline reprocess`.",
)
def process_recordings() -> None:
    """Each recording is reported on its own partition."""
    process_each()


@dg.job(
    tags=_tags("refresh_minutes", policies.PRIORITY_NEW_RECORDING),
    description="Rewrite the minutes of meetings whose results changed. Started by `results_changed`.",
)
def refresh_minutes() -> None:
    """All meetings that changed, in one run."""
    refresh()


@dg.job(
    tags=_tags("embed_transcripts", policies.PRIORITY_GAP),
    description="Compute the vectors of transcripts for search by meaning. Started by `results_changed`, if search by "
    "meaning is turned on.",
)
def embed_transcripts() -> None:
    """One round, within the limit of the day."""
    make_vectors()


@dg.job(
    tags=_tags("make_voices", policies.PRIORITY_GAP),
    description="Compute the voices of speakers, to suggest who is the same person. Started by the schedule "
    "`nightly_voices`, if voices are turned on.",
)
def make_voices() -> None:
    """One round."""
    make_voices_of_speakers()


@dg.job(
    tags=_tags("prune", policies.PRIORITY_GAP),
    description="Remove what is older than the settings say. Started by the schedule `nightly_prune`.",
)
def prune() -> None:
    """One round of retention."""
    remove_what_is_old()


ASSET_JOBS = [process_recording, refresh_catalog, refresh_campaigns]
BATCH_JOBS = [
    intake,
    order_again,
    deliver_webhooks,
    deliver_mail,
    process_recordings,
    refresh_minutes,
    embed_transcripts,
    make_voices,
    prune,
]

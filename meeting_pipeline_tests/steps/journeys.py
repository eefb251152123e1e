"""Moves recordings through the steps as runs do, without Dagster. Must not go here: assertions of one test."""

from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import Finished, finish
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.extraction.gaps import note_gap
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline.steps.transcription.collect import Waiting, obtain
from meeting_pipeline.steps.transcription.obtained import Obtained
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.steps.transcription.poll import poll_orders
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.installations import TALK, accepted


def begun(installation: Installation, row: Recording, run_id: str = "run-1") -> str:
    """Request a run and begin to collect. Returns the id of the run, which holds the lease."""
    poll_orders(installation)
    installation.store.lifecycle.request_runs(50)
    installation.store.lifecycle.begin(row.key, run_id, collecting=True)
    return run_id


def collected(
    installation: Installation, row: Recording, run_id: str = "run-1", *, requested_by_user: bool = False
) -> Obtained | Waiting:
    """The transcript step of one run; the stage changes as in the asset."""
    begun(installation, row, run_id)
    outcome = obtain(installation, row.key, run_id, requested_by_user=requested_by_user)
    if isinstance(outcome, Waiting):
        installation.store.lifecycle.ordered(row.key)
    else:
        installation.store.lifecycle.extracting(row.key, run_id)
    return outcome


def transcribed(installation: Installation, run_id: str = "run-1") -> Recording:
    """A recording whose transcript was submitted as a file and is stored; ``run_id`` holds a lease on it."""
    row = accepted(installation, "weekly.vtt", TALK, participants=["Dana", "Priya"])
    collected(installation, row, run_id)
    return row


def ordered(installation: Installation) -> Recording:
    """A recording whose transcription is ordered."""
    row = accepted(installation)
    order_due(installation, "intake")
    return row


def completed(installation: Installation, row: Recording, run_id: str = "run-1") -> Finished:
    """Extract the insights and finish a run that has its transcript."""
    for outcome in extract(installation, row.key, run_id, list(Insight), requested_by_user=False).values():
        if isinstance(outcome, Missing):
            note_gap(installation, row.key, run_id, outcome)
    finished = finish(installation, row.key, run_id)
    installation.store.leases.end(run_id)
    return finished


def versions(outcomes: dict[Insight, Extracted | Missing]) -> dict[str, int]:
    """The version of each extracted insight."""
    return {insight.value: found.version for insight, found in outcomes.items() if isinstance(found, Extracted)}

"""Which requested recordings share a run: none while there is a free run for each, otherwise as evenly as possible.

Must not go here: requesting runs of Dagster (``defs/sensors/``), which recordings are due (``store/recordings/due_work.py``).
"""

from collections.abc import Sequence
from typing import TypeVar

from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.processing import policies
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.run_tickets import RunTicket

T = TypeVar("T")


def may_share_runs(installation: Installation) -> bool:
    """Whether shared runs are used: not where transcripts are made on this machine, one per processor."""
    return installation.settings.batch_recordings > 1 and installation.speech.choose(has_transcript=False).remote


def room(installation: Installation, free: int) -> int:
    """How many recordings to request now. ``free``: runs that can start; negative if more are requested than can start.

    When all runs are busy, one more is requested, so that the next is at hand when one ends. All other recordings wait in the
    store, and the later they are chosen, the better they fill their runs.
    """
    runs = free if free > 0 else max(0, free + policies.RUNS_AT_HAND)
    return runs * installation.settings.batch_recordings


def queued_at_most(installation: Installation) -> int:
    """How many recordings may wait for their turn: what all runs and one at hand hold, so that only ``room`` limits requests."""
    if not may_share_runs(installation):
        return store_policies.QUEUED_RECORDINGS
    settings = installation.settings
    return (settings.max_concurrent_runs + policies.RUNS_AT_HAND) * settings.batch_recordings


def grouped(tickets: Sequence[RunTicket], free: int, most: int) -> tuple[list[RunTicket], list[list[RunTicket]]]:
    """The requests that get their own runs, and those that share. ``free``: free runs; ``most``: recordings of a run."""
    if len(tickets) <= free:
        return list(tickets), []
    alone = [ticket for ticket in tickets if ticket.alone]
    shared = [ticket for ticket in tickets if not ticket.alone]
    groups = evenly(shared, max(1, free - len(alone)), most)
    alone += [group[0] for group in groups if len(group) == 1]
    return alone, [group for group in groups if len(group) > 1]


def evenly(items: Sequence[T], parts: int, most: int) -> list[list[T]]:
    """Divide into at least ``parts`` groups of nearly the same size, none larger than ``most``."""
    if not items:
        return []
    count = min(len(items), max(parts, -(-len(items) // most)))
    return [list(items[start::count]) for start in range(count)]

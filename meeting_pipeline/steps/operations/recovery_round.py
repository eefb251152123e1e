"""Input and report of one round of recovery, and how it isolates one failure from the others.

Belongs here: the ends of runs and the signs of workers, described independently of Dagster and of the launcher. Must not go
here: finding out about them (``defs/sensors/run_states.py``, ``foundation/worker_activity.py``), what follows (``recover.py``,
``silent_workers.py``).
"""

import enum
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.foundation.worker_activity import Activity
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.store.recordings.run_tickets import RunTicket

_log = logging.getLogger(__name__)


class Ending(enum.Enum):
    """How a run ended, or that it has not ended."""

    UNKNOWN = enum.auto()
    """There is no such run: it was never created, or was deleted. For a request: it may not have been created yet."""
    NOT_CREATED = enum.auto()
    """Only for a request: there is no run, and the tick that should have created it has ended."""
    GOING_ON = enum.auto()
    """Queued, starting or running, according to the run's record."""
    SUCCEEDED = enum.auto()
    CANCELLED = enum.auto()
    """A person stopped it, or requested that."""
    INTERRUPTED = enum.auto()
    """It was ended for a reason unrelated to the recording: the system was stopped, or the partition was deleted."""
    NOT_LAUNCHED = enum.auto()
    """No worker was started: the launcher failed."""
    ERROR = enum.auto()
    """A step, or code around the steps, raised an exception."""
    DIED = enum.auto()
    """Its worker ended without reporting a result."""


@dataclass(frozen=True)
class RunState:
    """The state of a run. ``error``: the type of the exception; ``trouble``: whether the machine or database failed.

    ``how``: how the worker of a run that died ended. ``shared``: the run is one of many recordings.
    """

    ending: Ending
    error: str = ""
    trouble: bool = False
    how: str = ""
    shared: bool = False


@dataclass
class Repaired:
    """The result of a repair round. ``lost_runs`` (leases) must be marked failed in Dagster; ``how``: why each was lost."""

    lost_runs: list[str] = field(default_factory=list)
    fenced: int = 0
    """Workers that were asked to stop: their runs are over, but they renew their leases."""
    how: dict[str, str] = field(default_factory=dict, compare=False)
    requeued: int = 0
    requested_again: int = 0
    cancelled: int = 0


@dataclass(frozen=True)
class WorkerSeen:
    """The observed activity of a worker's process. ``words`` describe the process; empty if nothing is known about it."""

    activity: Activity = Activity.UNKNOWN
    words: str = ""


RunStateOf = Callable[[str], RunState]
WorkerSeenOf = Callable[[str], WorkerSeen]
RequestStates = Callable[[Sequence[RunTicket]], Mapping[RunTicket, RunState]]


def worker_lost(how: str) -> Problem:
    """The outcome of a recording whose workers are lost repeatedly. ``how``: what is known about the last one."""
    return Problem(
        "worker_lost",
        f"{policies.WORKER_LOSSES} runs of this recording ended without a result. The last one: {how}.",
        "Check the failed runs: the recording may need more memory than there is. Then reprocess it.",
    )


@contextmanager
def isolate_failure(key: str | None) -> Iterator[None]:
    """Isolate errors of one recording or run: the others are still handled, and the next round retries it.

    A recording deleted in the meantime is skipped.
    """
    with isolated_item(_log, f"recovering what a run of {key or 'a batch'} left"):
        try:
            yield
        except PermanentError as error:
            if error.code != "unknown_recording":
                raise

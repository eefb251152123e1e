"""Many recordings in one run: in parallel threads, each under its own lease, so that none affects another.

The loop yields what happens, in the thread of the caller, who reports it. Must not go here: Dagster
(``defs/ops/process_recordings.py``), the stages of one recording (``one_recording.py``).
"""

import logging
import queue
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from meeting_pipeline.domain.errors import (
    INTERNAL_ERROR,
    PermanentError,
    PipelineError,
    StoreUnavailable,
    TransientError,
    WorkerFenced,
)
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.interruptible import StopEvent
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import Finished
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.processing.attempts import Attempt
from meeting_pipeline.steps.processing.campaign_part import part_of_campaign
from meeting_pipeline.steps.processing.one_recording import Item, StageOutcome, process
from meeting_pipeline.steps.processing.outcome_words import minutes_outcome
from meeting_pipeline.steps.processing.pacing import Pace, PacedAnalyst, Stopped
from meeting_pipeline.steps.processing.stages import Extractions, Postponed, deliver_webhook
from meeting_pipeline.steps.transcription.collect import Waiting

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ended:
    """The last that happens to a recording. ``outcome``: a word; ``error``: why there is no result; ``bug``: it is ours."""

    outcome: str
    seconds: float
    error: PipelineError | None = None
    bug: Exception | None = None


@dataclass(frozen=True)
class ProcessingEvent:
    """A stage of a recording is over, or all of it."""

    item: Item
    what: StageOutcome | Ended


class Leases(Protocol):
    """Hands out the leases of a batch."""

    def one_of_batch(
        self, key: str, number: int, *, collecting: bool, request: int | None
    ) -> AbstractContextManager[str]:
        """A lease on one recording. Raises: WorkerFenced, PermanentError (the recording has moved on, or is gone)."""

    def may_start(self) -> bool:
        """Whether what this run starts now ends before others may take the run for dead."""


def process_batch(
    installation: Installation,
    items: Sequence[Item],
    leases: Leases,
    *,
    calls: int,
    stopped: StopEvent | None = None,
) -> Generator[ProcessingEvent, None, None]:
    """Process all recordings, with at most ``calls`` model calls at a time. An error of one changes nothing for the others.

    If the caller stops early, no further recording is begun, and what is in progress ends with its current call; a webhook that
    is being sent is released at once.
    Raises: StoreUnavailable: it concerns all of them.
    """
    return _Batch(installation, leases, calls, stopped or StopEvent()).run(items)


def internal_error(kind: str) -> TransientError:
    """The outcome of a recording whose run hit a bug. ``kind``: the type of the exception."""
    return TransientError(
        INTERNAL_ERROR,
        f"A run of this recording hit a bug ({kind}).",
        "Report it with the log of the failed run. Then reprocess the recording.",
    )


class _Batch:
    def __init__(self, installation: Installation, leases: Leases, calls: int, stopped: StopEvent) -> None:
        self._stopped = stopped
        self._calls = calls
        self._leases = leases
        self._quoting = installation.settings.ui_previews == "on"
        self._installation = installation.with_analyst(PacedAnalyst(installation.analyst, Pace(calls, stopped)))
        self._queue: queue.Queue[ProcessingEvent | StoreUnavailable] = queue.Queue()

    def run(self, items: Sequence[Item]) -> Generator[ProcessingEvent, None, None]:
        left = len(items)
        with ThreadPoolExecutor(max(1, min(left, self._calls)), thread_name_prefix="recording") as pool:
            try:
                for item in items:
                    pool.submit(self._process_item, item)  # fails if no thread can be started
                while left:
                    happened = self._queue.get()
                    if isinstance(happened, StoreUnavailable):
                        raise happened
                    left -= isinstance(happened.what, Ended)
                    yield happened
            finally:
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)  # the end of the block waits for what is in progress

    def _process_item(self, item: Item) -> None:
        began, ended = time.monotonic(), Ended("error", 0.0)
        try:
            ended = self._isolated(item, began)
        except StoreUnavailable as error:
            self._queue.put(error)
            return
        except Stopped:
            ended = Ended("stopped", time.monotonic() - began)
        except BaseException as error:  # noqa: BLE001 - without an end of each recording, the run would wait forever
            ended = Ended("error", time.monotonic() - began, internal_error(type(error).__name__), _as_bug(error))
        self._queue.put(ProcessingEvent(item, ended))

    def _isolated(self, item: Item, began: float) -> Ended:
        outcome, error = "error", None
        try:
            with isolated_item(_log, f"processing {item.key}", quoting=self._quoting) as failed:
                try:
                    outcome, error = self._processed(item)
                except (Exception, Stopped):
                    raise
                except BaseException as quitting:  # an SDK's SystemExit: a bug like others
                    raise _as_bug(quitting) from quitting
        except WorkerFenced as fenced:
            return Ended("taken_away", time.monotonic() - began, fenced)
        if failed.error is not None:
            error = self._give_back(item, failed.error)
        bug = None if isinstance(failed.error, PipelineError) else failed.error
        return Ended(outcome, time.monotonic() - began, error, bug)

    def _processed(self, item: Item) -> tuple[str, PipelineError | None]:
        outcome, error = "done", None
        self._wait(0.0)
        try:
            one = self._leases.one_of_batch(item.key, item.number, collecting=item.collecting, request=item.request)
            with one as lease, part_of_campaign(self._installation, item, lease) as part:
                if part is None:
                    return "skipped", None
                crash_point("batch.begun", item.key)
                for happened in process(self._installation, part.item, lease, self._wait):
                    part.note(happened)
                    self._queue.put(ProcessingEvent(item, happened))
                    outcome, error = _word(happened), getattr(happened, "error", None)
                    if isinstance(happened, Finished):
                        self._deliver(item.key, lease)
                    else:
                        self._wait(0.0)  # a person stopped the run, so nothing more is started
                crash_point("batch.processed", item.key)
        except PermanentError as gone:
            if gone.code in ("run_superseded", "unknown_recording"):
                return "skipped", gone
            raise
        crash_point("batch.given_back", item.key)
        return outcome, error

    def _deliver(self, key: str, lease: str) -> None:
        deliver_webhook(self._installation, Attempt(key, lease), self._leases.may_start, self._stopped)

    def _wait(self, seconds: float) -> None:
        """Wait between two attempts. Raises: Stopped."""
        if self._stopped.wait(seconds):
            raise Stopped

    def _give_back(self, item: Item, error: Exception) -> PipelineError:
        """No worker has the recording now: as after a failed run of its own, it is tried again later, or fails."""
        reason = internal_error(type(error).__name__)
        with isolated_item(_log, f"giving {item.key} back", quoting=self._quoting):
            self._installation.store.recovery.defer(item.key, reason)
        return error if isinstance(error, PipelineError) else reason


def _as_bug(error: BaseException) -> Exception:
    """What to report of an exception in the thread of a recording. Another thread must not end because it is raised again."""
    return error if isinstance(error, Exception) else RuntimeError(f"{type(error).__name__} in a thread: {error}")


def _word(happened: StageOutcome) -> str:
    match happened:
        case Postponed():
            return "failed" if happened.due is None else "postponed"
        case Waiting():
            return "ordered"
        case Finished():
            return minutes_outcome(happened.record)
        case Extractions(held=held):
            return "held" if held else "extracted"
        case _:
            return "transcribed"

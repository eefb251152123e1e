"""How fast a run of many recordings calls a language model: so many calls at a time, and none while the provider is busy.

Must not go here: reading a provider's headers (``providers/``), retries (``attempts.py``).
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from meeting_pipeline import policies
from meeting_pipeline.domain.answers import Answer, MeetingContext
from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.ports import NO_LEDGER, Analyst, Ledger

BUSY = "provider_busy"
"""The code of an error with which a provider asks for fewer calls (HTTP 429)."""


class Stopped(BaseException):
    """The run is over before this recording is. No error: nothing may take it for one."""


class Pace:
    """Places for calls. ``stopped``: the run is over, so that waits end and no call is begun."""

    def __init__(self, calls: int, stopped: threading.Event) -> None:
        self._places = threading.BoundedSemaphore(calls)
        self._stopped = stopped
        self._lock = threading.Lock()
        self._not_before = 0.0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place during a call. Waits for one, and until the provider accepts calls again. Raises: Stopped."""
        with self._places:
            while (left := self._not_before - time.monotonic()) > 0 and not self._stopped.wait(left):
                pass
            if self._stopped.is_set():
                raise Stopped
            yield

    def pause(self, seconds: float | None) -> None:
        """The provider asked for this wait (``None``: it did not say how long): nobody calls it until then."""
        asked = policies.RUN_RETRY_DELAY_SECONDS if seconds is None else seconds
        until = time.monotonic() + min(asked, policies.RUN_RETRY_AFTER_CAP_SECONDS)
        with self._lock:
            self._not_before = max(self._not_before, until)


class PacedAnalyst:
    """An analyst whose calls keep the pace. A wait that one call is asked for holds up all of them."""

    def __init__(self, analyst: Analyst, pace: Pace) -> None:
        self._analyst = analyst
        self._pace = pace
        self.name = analyst.name
        self.model = analyst.model

    def prompt_version(self, insight: Insight) -> str:
        """See the port."""
        return self._analyst.prompt_version(insight)

    def extract(
        self, insight: Insight, transcript: Transcript, context: MeetingContext, ledger: Ledger = NO_LEDGER
    ) -> Answer:
        """See the port."""
        with self._pace.place():
            try:
                return self._analyst.extract(insight, transcript, context, ledger)
            except ProviderUnavailable as error:
                if error.code == BUSY:
                    self._pace.pause(error.retry_after_s)
                raise

    def check(self) -> str:
        """See the port."""
        return self._analyst.check()

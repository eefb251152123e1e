"""How fast a shared run calls a language model: a limited number of calls at a time, and none while the provider is busy.

A provider is busy if it said so (HTTP 429), or if its last answers say that a rate limit is used up.
Must not go here: reading a provider's headers (``providers/``), what they leave room for (``headroom.py``), retries
(``attempts.py``).
"""

import contextlib
import threading
import time
from collections.abc import Iterator

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.answers import Answer, LLMRequest, LLMResponse, MeetingContext
from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.llm_ports import NO_LEDGER, Analyst, Ledger
from meeting_pipeline.steps.processing import policies
from meeting_pipeline.steps.processing.headroom import Headroom

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
        self._headroom = Headroom()

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place during a call. Waits for one, and until the provider accepts calls again. Raises: Stopped."""
        with self._places:
            while (left := self._not_before - time.monotonic()) > 0 and not self._stopped.wait(left):
                pass
            if self._stopped.is_set():
                raise Stopped
            yield

    def begin(self) -> int:
        """Begin one call, once the provider's limits leave room for it. Returns its number. Raises: Stopped."""
        while True:
            if self._stopped.is_set():
                raise Stopped
            with self._lock:
                now = time.monotonic()
                left = self._not_before - now
                left = left if left > 0 else self._headroom.begin(now)
                if left <= 0:
                    return self._headroom.begun
            self._stopped.wait(min(left, policies.LIMIT_NEWS_SECONDS))

    def not_made(self) -> None:
        """A call that was begun is not made after all."""
        with self._lock:
            self._headroom.not_made()

    def unanswered(self) -> None:
        """A call has ended without an answer."""
        with self._lock:
            self._headroom.unanswered()

    def answered(self, call: int, reply: LLMResponse) -> None:
        """The provider has answered the call with this number."""
        tokens = reply.usage.input_tokens + reply.usage.output_tokens
        with self._lock:
            self._headroom.answered(call, reply.limits, tokens, time.monotonic())

    def pause(self, seconds: float | None) -> None:
        """The provider asked for this wait (``None``: it did not say how long): no calls are made until then."""
        asked = shared_policies.RUN_RETRY_DELAY_SECONDS if seconds is None else seconds
        until = time.monotonic() + min(asked, shared_policies.RUN_RETRY_AFTER_CAP_SECONDS)
        with self._lock:
            self._not_before = max(self._not_before, until)


class PacedLedger:
    """The ledger of one extraction, which keeps the pace: an analyst asks it before each paid call."""

    def __init__(self, ledger: Ledger, pace: Pace) -> None:
        self._ledger = ledger
        self._pace = pace
        self._calls: dict[str, int] = {}

    def begin(self, question: LLMRequest) -> LLMResponse | None:
        """See the port. Waits before anything is recorded, so that no call looks as if it had been made. Raises also: Stopped."""
        call, known, made = self._pace.begin(), None, False
        try:
            known = self._ledger.begin(question)
            made = known is None
        finally:
            if not made:
                self._pace.not_made()
        if made:
            self._calls[question.digest] = call
        return known

    def answered(self, question: LLMRequest, reply: LLMResponse, problem: str | None = None) -> None:
        """See the port."""
        call = self._calls.pop(question.digest, None)
        if call is not None:  # not if the response was bought earlier
            self._pace.answered(call, reply)
        self._ledger.answered(question, reply, problem)

    def unanswered(self, question: LLMRequest, problem: str, *, perhaps_billed: bool) -> None:
        """See the port."""
        if self._calls.pop(question.digest, None) is not None:
            self._pace.unanswered()
        self._ledger.unanswered(question, problem, perhaps_billed=perhaps_billed)

    def close(self) -> None:
        """The extraction is over: calls whose end was not recorded because of a bug are no longer in progress."""
        while self._calls:
            self._calls.popitem()
            self._pace.unanswered()


class PacedAnalyst:
    """An analyst whose calls are paced. If the provider asks one call to wait, all calls wait."""

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
        with self._pace.place(), contextlib.closing(PacedLedger(ledger, self._pace)) as paced:
            try:
                return self._analyst.extract(insight, transcript, context, paced)
            except ProviderUnavailable as error:
                if error.code == BUSY:
                    self._pace.pause(error.retry_after_s)
                raise

    def check(self) -> str:
        """See the port."""
        return self._analyst.check()

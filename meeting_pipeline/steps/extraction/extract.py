"""Extracts the insights in parallel and stores the answers as they come.

A paid response is not bought again: a retried step reuses the responses of its run, and an automatic run those of earlier runs.
A run that a person requested gets new ones. A stored result is used as it is; if there is none, the calls in the ledger are
reused.
Must not go here: prompts and checks (``insights/``), what they are extracted from (``inputs.py``), recording calls
(``run_ledger.py``), limits (``call_limits.py``), who retries when (``defs/assets/insights.py``).
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from meeting_pipeline.domain.answers import Answer
from meeting_pipeline.domain.campaigns import NOT_BOUGHT
from meeting_pipeline.domain.errors import PROVIDER_ERRORS
from meeting_pipeline.domain.outage import Service, may_be_an_outage
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.logs import milliseconds_since
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.extraction.call_limits import limit_of
from meeting_pipeline.steps.extraction.inputs import MeetingInput, current_answer, held_answer, input_hash, input_of
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing, stored_answer
from meeting_pipeline.steps.extraction.run_ledger import RunLedger
from meeting_pipeline.steps.transcription.outages import report_failure, report_success

_log = logging.getLogger(__name__)


def extract(
    installation: Installation,
    key: str,
    run_id: str,
    insights: Collection[Insight],
    *,
    requested_by_user: bool,
    earlier: Sequence[str] = (),
    hold: bool = False,
    campaign: str | None = None,
) -> dict[Insight, Extracted | Missing]:
    """Extract the insights that are not stored yet. Provider errors are returned as ``Missing``, without storing a gap.

    ``requested_by_user``: a person wants new answers; those of this run and of ``earlier`` are new. ``hold``: store them
    as versions that wait for a person. ``campaign``: for which it is made: its answers are new too, and it buys nothing while it
    is paused or at its cap, or beyond the daily limit.
    Raises: PermanentError ``no_transcript``; the exception of a bug, after the other answers are stored.
    """
    meeting = input_of(installation, key)
    bought_by = (run_id, *earlier) if requested_by_user else None
    outcomes: dict[Insight, Extracted | Missing] = {}
    missing: dict[Insight, str] = {}
    reusable = held_answer if hold else current_answer
    for insight in insights:
        digest = input_hash(installation, insight, meeting)
        known = reusable(installation.store.results.versions(key, ResultKind(insight.value)), digest, bought_by)
        if known is not None:
            outcomes[insight] = stored_answer(insight, known)
        else:
            missing[insight] = digest
    if missing:
        answers, analyst = installation.store.llm_calls, installation.analyst.name
        outage = None if requested_by_user else installation.store.outages.holding(analyst, Service.LLM_CALLS, key)
        limit = limit_of(installation, campaign, requested_by_user=requested_by_user)
        ledger = RunLedger(answers, key, run_id, bought_by=bought_by, outage=outage, limit=limit, campaign=campaign)
        outcomes |= _Extraction(installation, key, run_id, meeting, ledger, hold=hold).ask(missing)
    spent = installation.store.llm_calls.spent(key, run_id)
    return {insight: replace(found, spent=spent.get(insight, Usage())) for insight, found in outcomes.items()}


class _Extraction:
    """What one run asks about one recording: all at the same time, each answer stored as it comes."""

    def __init__(
        self,
        installation: Installation,
        key: str,
        run_id: str,
        meeting: MeetingInput,
        ledger: RunLedger,
        *,
        hold: bool,
    ) -> None:
        """``hold``: store the answers as versions that wait for a person."""
        self._installation = installation
        self._key = key
        self._run_id = run_id
        self._meeting = meeting
        self._ledger = ledger
        results = installation.store.results
        self._store = results.store_held_answer if hold else results.store_answer

    def ask(self, missing: Mapping[Insight, str]) -> dict[Insight, Extracted | Missing]:
        """Ask for these insights, given with the hashes of their input, and report whether the provider responds.

        Raises: the exception of a bug, after the other answers are stored.
        """
        timed = _Timed(self._extracted)
        calls_before = self._calls()
        with ThreadPoolExecutor(len(missing), thread_name_prefix="insight") as pool:
            futures = {insight: pool.submit(timed, insight) for insight in missing}
            settled = {insight: self._settled(insight, missing[insight], future) for insight, future in futures.items()}
        outcomes = {insight: found for insight, found in settled.items() if isinstance(found, Extracted | Missing)}
        self._report_provider(list(outcomes.values()), calls_before)
        for bug in settled.values():
            if isinstance(bug, BaseException):
                raise bug
        crash_point("extracting.all_stored", self._key)
        return {insight: replace(found, duration_ms=timed.took[insight]) for insight, found in outcomes.items()}

    def _extracted(self, insight: Insight) -> Answer:
        return self._installation.analyst.extract(
            insight, self._meeting.transcript, self._meeting.context, self._ledger
        )

    def _settled(self, insight: Insight, digest: str, future: "Future[Answer]") -> Extracted | Missing | BaseException:
        """Wait for one answer and store it. Returns the exception if it is a bug: a bug is not a gap."""
        error = future.exception()
        if isinstance(error, PROVIDER_ERRORS):
            _log.warning("%s of %s was not extracted: %s", insight.value, self._key, error.code)
            return Missing(insight, error)
        if error is not None:
            return error
        answer, day = future.result(), self._meeting.context.meeting_date
        stored = self._store(self._key, self._run_id, answer, input_hash=digest, meeting_date=day)
        crash_point("extracting.one_stored", self._key)
        return Extracted(insight, stored.version, stored.changed, False, answer)

    def _calls(self) -> int:
        """The number of this run's calls with a response so far."""
        return sum(usage.calls for usage in self._installation.store.llm_calls.spent(self._key, self._run_id).values())

    def _report_provider(self, asked: list[Extracted | Missing], calls_before: int) -> None:
        """Report whether the provider responds, for the outages of all recordings."""
        calls = self._calls()
        if calls > calls_before:
            report_success(self._installation, self._installation.analyst.name, Service.LLM_CALLS)
        elif calls == 0:  # otherwise an earlier attempt of this run got responses: the failure concerns this recording
            _find_out_who_is_at_fault(self._installation, self._key, asked)


class _Timed:
    """Wraps the extraction and measures how long each insight takes, in ms."""

    def __init__(self, ask: Callable[[Insight], Answer]) -> None:
        self._ask = ask
        self.took: dict[Insight, int] = {}

    def __call__(self, insight: Insight) -> Answer:
        began = time.monotonic()
        try:
            return self._ask(insight)
        finally:
            self.took[insight] = milliseconds_since(began)


def _find_out_who_is_at_fault(installation: Installation, key: str, outcomes: list[Extracted | Missing]) -> None:
    """Report the failure after no call got a response: the first error represents all of its kind."""
    errors = [outcome.error for outcome in outcomes if isinstance(outcome, Missing)]
    asked = [error for error in errors if error.code != NOT_BOUGHT]  # the provider was never asked
    doubtful = [error for error in asked if may_be_an_outage(error)]
    refused = [error for error in asked if not may_be_an_outage(error)]
    for error in refused[:1] or doubtful[:1]:
        report_failure(installation, installation.analyst.name, Service.LLM_CALLS, error, key)
    for error in doubtful:
        error.outage = doubtful[0].outage

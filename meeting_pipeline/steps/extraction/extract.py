"""Extracts the insights in parallel and stores the answers as they come.

A paid response is not bought again: a retried step reuses the responses of its run, and an automatic run those of earlier runs.
A run that a person requested gets new ones. A stored result is used as it is; if there is none, the calls in the ledger are
reused.
Must not go here: prompts and checks (``insights/``), recording calls (``run_ledger.py``), limits (``call_limits.py``), who
retries when (``defs/assets/insights.py``).
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date

from meeting_pipeline.domain.answers import Answer, MeetingContext
from meeting_pipeline.domain.campaigns import NOT_BOUGHT
from meeting_pipeline.domain.errors import PROVIDER_ERRORS, PermanentError
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.outage import Service, may_be_an_outage
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.result_versions import Hold
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.logs import milliseconds_since
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.extraction.call_limits import limit_of
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing, stored_answer
from meeting_pipeline.steps.extraction.run_ledger import RunLedger
from meeting_pipeline.steps.transcription.outages import report_failure, report_success
from meeting_pipeline.store.tables import Artifact

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Question:
    insight: Insight
    input_hash: str


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
    transcript, context = _subject(installation, key)
    bought_by = (run_id, *earlier) if requested_by_user else None
    outcomes: dict[Insight, Extracted | Missing] = {}
    open_questions = []
    for insight in insights:
        question = _question(installation, insight, transcript, context)
        known = _paid_answer(installation, key, question, bought_by, hold=hold)
        if known is not None:
            outcomes[insight] = stored_answer(insight, known)
        else:
            open_questions.append(question)
    if open_questions:
        analyst, answers = installation.analyst, installation.store.llm_calls
        outage = None if requested_by_user else installation.store.outages.holding(analyst.name, Service.LLM_CALLS, key)
        limit = limit_of(installation, campaign, requested_by_user=requested_by_user)
        ledger = RunLedger(answers, key, run_id, bought_by=bought_by, outage=outage, limit=limit, campaign=campaign)
        timed = _Timed(lambda insight: analyst.extract(insight, transcript, context, ledger))
        calls_before = _calls(installation, key, run_id)
        with ThreadPoolExecutor(len(open_questions), thread_name_prefix="insight") as pool:
            futures = {q: pool.submit(timed, q.insight) for q in open_questions}
            day = context.meeting_date
            bugs = [
                bug
                for q, future in futures.items()
                if (bug := _settle(installation, key, run_id, q, future, outcomes, day, hold=hold))
            ]
        asked = [outcomes[question.insight] for question in open_questions if question.insight in outcomes]
        _report_provider(installation, key, run_id, asked, calls_before)
        if bugs:
            raise bugs[0]
        crash_point("extracting.all_stored", key)
        for insight, milliseconds in timed.took.items():
            outcomes[insight] = replace(outcomes[insight], duration_ms=milliseconds)
    spent = installation.store.llm_calls.spent(key, run_id)
    return {insight: replace(found, spent=spent.get(insight, Usage())) for insight, found in outcomes.items()}


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


def _calls(installation: Installation, key: str, run_id: str) -> int:
    """The number of this run's calls with a response so far."""
    return sum(usage.calls for usage in installation.store.llm_calls.spent(key, run_id).values())


def _report_provider(
    installation: Installation, key: str, run_id: str, asked: list[Extracted | Missing], calls_before: int
) -> None:
    """Report whether the provider responds, for the outages of all recordings."""
    calls = _calls(installation, key, run_id)
    if calls > calls_before:
        report_success(installation, installation.analyst.name, Service.LLM_CALLS)
    elif calls == 0:  # otherwise an earlier attempt of this run got responses: the failure concerns this recording
        _find_out_who_is_at_fault(installation, key, asked)


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


def _settle(
    installation: Installation,
    key: str,
    run_id: str,
    question: _Question,
    future: "Future[Answer]",
    outcomes: dict[Insight, Extracted | Missing],
    meeting_date: date,
    *,
    hold: bool,
) -> BaseException | None:
    """Wait for one answer and store it. Returns the exception if it is a bug: a bug is not a gap."""
    error = future.exception()
    if error is None:
        answer = future.result()
        results = installation.store.results
        store = results.store_held_answer if hold else results.store_answer
        stored = store(key, run_id, answer, input_hash=question.input_hash, meeting_date=meeting_date)
        crash_point("extracting.one_stored", key)
        outcomes[question.insight] = Extracted(question.insight, stored.version, stored.changed, False, answer)
        return None
    if isinstance(error, PROVIDER_ERRORS):
        _log.warning("%s of %s was not extracted: %s", question.insight.value, key, error.code)
        outcomes[question.insight] = Missing(question.insight, error)
        return None
    return error


def _subject(installation: Installation, key: str) -> tuple[Transcript, MeetingContext]:
    row = installation.store.recordings.get(key)
    artifact = installation.store.results.current(key, ResultKind.TRANSCRIPT).get(ResultKind.TRANSCRIPT)
    if artifact is None:
        raise PermanentError(
            "no_transcript",
            "This recording has no transcript yet.",
            "Materialize `transcript` first; everything else depends on it.",
        )
    context = MeetingContext(
        row.title, row.meeting_date, tuple(row.participants), row.timezone, tuple(str(term) for term in row.keyterms)
    )
    return Transcript.model_validate(artifact.payload), context


def _question(
    installation: Installation, insight: Insight, transcript: Transcript, context: MeetingContext
) -> _Question:
    subject = [
        insight.value,
        transcript.model_dump(mode="json"),
        installation.analyst.name,
        installation.analyst.prompt_version(insight),
        [
            context.title,
            context.meeting_date.isoformat(),
            list(context.participants),
            context.time_zone,
            list(context.keyterms),
        ],
    ]
    return _Question(insight, hash_json(subject))


def _paid_answer(
    installation: Installation, key: str, question: _Question, bought_by: Collection[str] | None, *, hold: bool
) -> Artifact | None:
    """The current good answer to exactly this question, if this run may reuse it: see ``RunLedger``.

    ``hold``: the one that is held, which only its own run reuses: another answer that is there already is no reason to wait.
    """
    versions = installation.store.results.versions(key, ResultKind(question.insight.value))
    if hold:
        mine = [
            version
            for version in versions
            if version.hold == Hold.HELD
            and version.input_hash == question.input_hash
            and version.run_id in (bought_by or ())
        ]
        return mine[-1] if mine else None
    usable = [
        version
        for version in versions
        if version.available
        and version.input_hash == question.input_hash
        and (bought_by is None or version.run_id in bought_by)
    ]
    current = max((version.version for version in versions if version.available), default=None)
    return usable[-1] if usable and usable[-1].version == current else None

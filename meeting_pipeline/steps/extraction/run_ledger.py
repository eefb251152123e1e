"""The ledger of one run of one recording: implements the port ``Ledger`` on the store.

An automatic run reuses every paid response. A run that a person requested needs new responses: it reuses only its own, those of
runs that it re-executes, and those of calls that another run is making at the same time, which it waits for. During an outage
nothing is bought.
Must not go here: what a response means (``providers/``, ``insights/``), storing results (``extract.py``).
"""

import time
from collections.abc import Callable, Collection
from threading import Lock

from meeting_pipeline.domain.answers import LLMRequest, LLMResponse
from meeting_pipeline.domain.errors import AnswersUsedUp, PipelineError
from meeting_pipeline.domain.outage import Outage
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.steps.extraction import policies
from meeting_pipeline.store.ledger.llm_calls import AskedByAnotherRun, CorrectionsUsedUp, Known, LLMCalls


class RunLedger:
    """See ``providers.ports.Ledger``."""

    def __init__(
        self,
        answers: LLMCalls,
        key: str,
        run_id: str,
        *,
        bought_by: Collection[str] | None,
        outage: Outage | None = None,
        limit: Callable[[], PipelineError | None] = lambda: None,
        campaign: str | None = None,
    ) -> None:
        """``bought_by``: reuse only responses bought by these runs; ``None`` for those of all runs.

        ``outage``: the one that was there when the run began. ``limit``: the error of what else holds a call, such as
        the daily limit, looked up before each. ``campaign``: for which the calls are made; what it has bought is reused too.
        """
        self._answers = answers
        self._key = key
        self._run_id = run_id
        self._bought_by = bought_by
        self._outage = outage
        self._limit = limit
        self._campaign = campaign
        self._lock = Lock()
        self._rows: dict[str, tuple[str, bool]] = {}

    def begin(self, question: LLMRequest) -> LLMResponse | None:
        """See the port. Waits while another live run makes the same call, and uses its response.

        Raises also: the error of an outage, of the daily limit, or of a campaign that buys nothing at present; AnswersUsedUp, if
            no more answers about the recording are corrected; database errors, before anything is bought.
        """
        waited_for: set[str] = set()
        while True:
            bought_by = None if self._bought_by is None else waited_for.union(self._bought_by)
            found = self._answers.begin(self._key, self._run_id, question, bought_by=bought_by, campaign=self._campaign)
            if not isinstance(found, AskedByAnotherRun):
                break
            waited_for.add(found.run_id)
            time.sleep(policies.ASKED_ELSEWHERE_LOOK_SECONDS)
        if isinstance(found, CorrectionsUsedUp):
            raise AnswersUsedUp(
                "corrections_used_up",
                "Too many answers about this recording have been corrected already.",
                "Use another OPENAI_MODEL, then `meeting-pipeline reprocess` the recording.",
            )
        with self._lock:
            self._rows[question.digest] = (found.id, isinstance(found, Known))
        if isinstance(found, Known):
            return found.reply
        error = self._outage.error() if self._outage is not None else self._limit()
        if error is not None:
            self.unanswered(question, error.code, perhaps_billed=False)
            raise error
        return None

    def answered(self, question: LLMRequest, reply: LLMResponse, problem: str | None = None) -> None:
        """See the port. Committed when it returns."""
        answer_id, reused = self._row(question)
        if not reused:
            crash_point("extracting.answered", self._key)
        self._answers.answered(answer_id, reply, problem)
        if not reused:
            crash_point("extracting.paid", self._key)

    def unanswered(self, question: LLMRequest, problem: str, *, perhaps_billed: bool) -> None:
        """See the port."""
        answer_id, _ = self._row(question)
        self._answers.unanswered(answer_id, problem, perhaps_billed=perhaps_billed)

    def _row(self, question: LLMRequest) -> tuple[str, bool]:
        with self._lock:
            return self._rows[question.digest]

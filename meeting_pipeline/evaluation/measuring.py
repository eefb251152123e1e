"""Run a version over a set of labelled meetings and score what it reports.

Nothing is stored, and no recording is involved. Must not go here: scoring (``scoring.py``), output (``report.py``).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from meeting_pipeline.domain.answers import Answer
from meeting_pipeline.domain.errors import PROVIDER_ERRORS, OperatorError, PipelineError
from meeting_pipeline.domain.insight_results import Speakers, Summary
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.evaluation.budget import BUDGET_REACHED, Budget, highest_cost_per_call
from meeting_pipeline.evaluation.figures import Figure, figures
from meeting_pipeline.evaluation.meetings import KINDS, Kind, LabelledMeeting
from meeting_pipeline.evaluation.reading import fingerprint
from meeting_pipeline.evaluation.reported import Reported, reported
from meeting_pipeline.evaluation.scoring import Tally, added, score_items, score_names
from meeting_pipeline.evaluation.scripted_claims import Judged, judged, score_claims
from meeting_pipeline.evaluation.unsupported import unsupported
from meeting_pipeline.evaluation.versions import Version

_AT_ONCE = 4
"""Calls for one meeting at a time, as for a recording: one for each insight."""


@dataclass(frozen=True)
class MeetingResult:
    """What was reported about one meeting, and its counts.

    ``kinds`` are those that were measured; ``problems`` say why answers are missing.
    """

    meeting: LabelledMeeting
    items: tuple[Reported, ...]
    claims: tuple[Judged, ...]
    tally: Tally
    kinds: tuple[Kind, ...] = KINDS
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measurement:
    """A version measured on a set. ``complete``: every meeting has every answer."""

    version: str
    provider: str
    model: str
    prompt_versions: dict[str, str]
    insights: tuple[str, ...]
    fingerprint: str
    results: tuple[MeetingResult, ...]
    complete: bool
    stopped: str = ""
    figures: dict[str, Figure] = field(default_factory=dict)

    @property
    def total(self) -> Tally:
        """The counts of all meetings."""
        return added(result.tally for result in self.results)


def measure(
    measured: Version,
    meetings: Sequence[LabelledMeeting],
    insights: Sequence[Insight],
    max_usd: float,
    progress: Callable[[str], None] = lambda line: None,
) -> Measurement:
    """Measure a version. It stops before a call that may exceed ``max_usd``; what was measured until then is kept.

    Raises: OperatorError (a key, an account or a setting is wrong).
    """
    budget = Budget(max_usd)
    results: list[MeetingResult] = []
    stopped = ""
    for number, meeting in enumerate(meetings, start=1):
        budget.call_usd = highest_cost_per_call(measured.settings, meeting.transcript) if measured.paid else 0.0
        try:
            results.append(_meeting(measured, meeting, insights, budget))
        except OperatorError as error:
            if error.code != BUDGET_REACHED:
                raise
            stopped = str(error)
            break
        progress(f"{number}/{len(meetings)} {meeting.name}, {budget.spent_usd:.4f} USD so far")
    return Measurement(
        version=measured.name,
        provider=measured.analyst.name,
        model=measured.analyst.model,
        prompt_versions=measured.prompt_versions,
        insights=tuple(insight.value for insight in insights),
        fingerprint=fingerprint(meetings),
        results=tuple(results),
        complete=not stopped and not any(result.problems for result in results),
        stopped=stopped,
        figures=figures([result.tally for result in results]),
    )


def _meeting(measured: Version, meeting: LabelledMeeting, insights: Sequence[Insight], budget: Budget) -> MeetingResult:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = list(pool.map(partial(_answer, measured, meeting, budget), insights))
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    errors = [outcome for outcome in outcomes if isinstance(outcome, PipelineError)]
    items = reported(meeting, [answer.result for answer in answers])
    claims = judged(meeting, insights)
    kinds = tuple(kind for kind in KINDS if Insight.named(kind) in insights)
    tally = Tally({"meetings": 1, "answers.asked": len(outcomes), "answers.missing": len(errors)})
    tally.add(score_items(meeting, items, kinds))
    tally.add(score_claims(claims))
    tally.add(_usage([answer.usage for answer in answers] + [error.usage for error in errors if error.usage]))
    for answer in answers:
        if isinstance(answer.result, Speakers):
            tally.add(score_names(meeting, answer.result))
        elif isinstance(answer.result, Summary):
            numbers, names = unsupported(answer.result, meeting)
            tally.add({"summary.n": 1, "summary.numbers": len(numbers), "summary.names": len(names)})
    return MeetingResult(meeting, tuple(items), tuple(claims), tally, kinds, tuple(str(error) for error in errors))


def _answer(measured: Version, meeting: LabelledMeeting, budget: Budget, insight: Insight) -> Answer | PipelineError:
    """One answer, or why there is none. Raises: OperatorError."""
    try:
        return measured.analyst.extract(insight, meeting.transcript, meeting.context, budget)
    except OperatorError:
        raise
    except PROVIDER_ERRORS as error:
        return error


def _usage(usages: Sequence[Usage]) -> Tally:
    return Tally(
        {
            "tokens.input": sum(usage.input_tokens for usage in usages),
            "tokens.cached": sum(usage.cached_tokens for usage in usages),
            "tokens.output": sum(usage.output_tokens for usage in usages),
            "cost_usd": sum(usage.cost_usd for usage in usages),
        }
    )

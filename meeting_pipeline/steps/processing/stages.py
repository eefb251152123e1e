"""The stages of a recording in a run, each as one attempt: transcript, insights, minutes.

A run of one recording calls them from its assets, a shared run from its loop: both do and log the same.
Must not go here: waiting between attempts, reporting to Dagster (``defs/``), what a stage consists of (``steps/transcription``,
``steps/extraction``, ``steps/delivery``).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from meeting_pipeline.domain.errors import PipelineError, StoreUnavailable, WorkerFenced
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.version_diff import VersionDiff
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.interruptible import StopEvent
from meeting_pipeline.foundation.logs import StepLine, step_line, timed_step
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.deliver import drain_own
from meeting_pipeline.steps.delivery.finish import Finished, finish
from meeting_pipeline.steps.extraction.compare import compare
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.extraction.gaps import note_gap
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.processing.attempts import Attempt, RetryInRun, may_retry_in_run
from meeting_pipeline.steps.processing.outcome_words import insight_outcome, minutes_outcome, transcript_outcome
from meeting_pipeline.steps.transcription.collect import Waiting, obtain
from meeting_pipeline.steps.transcription.obtained import Obtained

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Transcribed:
    """The transcript is stored. ``recording_ms``: the length of the recording."""

    obtained: Obtained
    recording_ms: int


@dataclass(frozen=True)
class Postponed:
    """There is no transcript. ``due``: when another run tries again; ``None``: the recording failed."""

    error: PipelineError
    due: datetime | None

    @property
    def next_step(self) -> str:
        """What happens next, for people."""
        if self.due is None:
            return "It is not retried."
        if self.error.outage:
            return (
                "It resumes automatically when the provider is back; `meeting-pipeline list` shows when it is retried."
            )
        return f"It is retried automatically at {self.due:%Y-%m-%d %H:%M:%S} UTC."


@dataclass(frozen=True)
class Extractions:
    """Insights and gaps, in the order in which they were selected; ``record`` was read after all of them were stored.

    ``held``: the insights are versions that wait for a person, and a missing one is not a gap. ``diffs``: how each new version
    differs from the one before it, or from the one that it would replace.
    """

    record: MeetingRecord
    outcomes: tuple[Extracted | Missing, ...]
    held: bool = False
    diffs: Mapping[Insight, VersionDiff] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What could not be made."""
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Missing))


def transcribe(installation: Installation, attempt: Attempt) -> Transcribed | Waiting | Postponed | RetryInRun:
    """Collect, make or reuse the transcript, and move the recording on.

    Raises: WorkerFenced, StoreUnavailable, PermanentError ``unknown_recording``; the exception of a bug.
    """
    key, run_id = attempt.key, attempt.run_id
    with timed_step("transcript", recording_id=key, run_id=run_id, attempt=attempt.number + 1) as line:
        outcome = _obtain(installation, attempt, line)
    if isinstance(outcome, Postponed | RetryInRun):
        return outcome
    if isinstance(outcome, Waiting):
        installation.store.lifecycle.ordered(key, run_id)
        return outcome
    installation.store.lifecycle.extracting(key, run_id)
    recording_ms = installation.store.recordings.get(key).duration_ms
    crash_point("run.extracting", key)
    return Transcribed(outcome, recording_ms)


def _obtain(
    installation: Installation, attempt: Attempt, line: StepLine
) -> Obtained | Waiting | Postponed | RetryInRun:
    key, run_id = attempt.key, attempt.run_id
    try:
        outcome = obtain(installation, key, run_id, requested_by_user=attempt.requested_by_user)
    except (WorkerFenced, StoreUnavailable):  # does not count as an attempt
        raise
    except PipelineError as error:
        line.code = error.code
        if may_retry_in_run(error, attempt.number):
            line.outcome = "retried"
            return RetryInRun(error)
        due = installation.store.lifecycle.collect_later(key, run_id, error)
        line.outcome = "failed" if due is None else "postponed"
        return Postponed(error, due)
    if isinstance(outcome, Waiting):
        line.outcome = "ordered"
    else:
        line.outcome = "reused" if outcome.reused else transcript_outcome(outcome.transcript)
    return outcome


def extract_insights(
    installation: Installation, attempt: Attempt, insights: Sequence[Insight]
) -> Extractions | RetryInRun:
    """Extract these insights in parallel. Provider errors become gaps, unless this run may try again.

    Raises: PermanentError ``no_transcript``, ``unknown_recording``; WorkerFenced, StoreUnavailable; the exception of a bug.
    """
    key, run_id = attempt.key, attempt.run_id
    leaves_gaps = not attempt.hold and attempt.campaign is None
    if leaves_gaps:
        installation.store.gap_requests.gap_run_began(key, insights)
    outcomes = extract(
        installation,
        key,
        run_id,
        insights,
        requested_by_user=attempt.requested_by_user,
        earlier=attempt.earlier,
        hold=attempt.hold,
        campaign=attempt.campaign,
    )
    missing = [outcome for outcome in outcomes.values() if isinstance(outcome, Missing)]
    hopeful = next((gap for gap in missing if may_retry_in_run(gap.error, attempt.number)), None)
    for outcome in outcomes.values():
        _log_outcome(outcome, attempt, again=hopeful is not None)
    if hopeful is not None:
        return RetryInRun(hopeful.error, tuple(gap.insight.value for gap in missing))
    for gap in missing if leaves_gaps else ():  # a trial changes nothing
        outcomes[gap.insight] = note_gap(installation, key, run_id, gap)
    # Read once, after everything of this run is stored: the record includes the whole transcript.
    record = installation.store.records.get(key)
    found = tuple(outcomes[insight] for insight in insights)
    return Extractions(record, found, attempt.hold, _diffs(installation, record, found))


def _diffs(
    installation: Installation, record: MeetingRecord, outcomes: Sequence[Extracted | Missing]
) -> dict[Insight, VersionDiff]:
    """How new versions differ from those before them. A first version differs from nothing."""
    found = {}
    quoting = installation.settings.ui_previews == "on"
    for outcome in outcomes:
        if isinstance(outcome, Extracted) and not outcome.reused and outcome.version > 1:
            with isolated_item(_log, f"comparing versions of {record.key}", quoting=quoting):  # the results are stored
                compared = compare(installation, record.key, outcome.insight, after=outcome.version, record=record)
                found[outcome.insight] = compared.diff
    return found


def write_minutes(installation: Installation, attempt: Attempt) -> Finished:
    """Write the minutes and end the recording.

    Raises: PermanentError ``no_transcript``, ``unknown_recording``; WorkerFenced, StoreUnavailable.
    """
    key, run_id = attempt.key, attempt.run_id
    with timed_step("minutes", recording_id=key, run_id=run_id, attempt=attempt.number + 1) as line:
        finished = finish(installation, key, run_id)
        line.outcome = minutes_outcome(finished.record)
    return finished


def deliver_webhook(
    installation: Installation, attempt: Attempt, may_start: Callable[[], bool], stopped: StopEvent | None = None
) -> None:
    """Send the webhook that was just stored, if it may be sent here. Raises nothing: the recording has its outcome.

    The sensor ``webhooks_due`` sends what this could not. ``stopped``: see ``drain_own``.
    """
    quoting = installation.settings.ui_previews == "on"
    try:
        with isolated_item(_log, f"the webhook of {attempt.key}", quoting=quoting):
            drain_own(installation, attempt.key, taker=attempt.run_id, may_start=may_start, stopped=stopped)
    except (StoreUnavailable, WorkerFenced) as error:
        _log.warning("the webhook of %s is left to the sensor: %s", attempt.key, error)


def _log_outcome(outcome: Extracted | Missing, attempt: Attempt, *, again: bool) -> None:
    """Write one log line per insight and attempt."""
    word, code = insight_outcome(outcome), None
    if isinstance(outcome, Missing):
        word, code = "retried" if again else word, outcome.error.code
    elif outcome.reused:
        word = "reused"
    elif attempt.hold:
        word = "held"
    step_line(
        outcome.insight.value,
        word,
        recording_id=attempt.key,
        run_id=attempt.run_id,
        attempt=attempt.number + 1,
        duration_ms=outcome.duration_ms,
        code=code,
    )

"""``transcript``: the critical asset. Without it there is no record; everything else may be missing.

Must not go here: where a transcript comes from (``steps/transcription/collect.py``), the waits between attempts
(``policies.py``).
"""

from collections.abc import Iterator
from datetime import datetime

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.recording import RECORDING
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.assets.retrying import (
    RUN_RETRY,
    begin,
    ending_red,
    failure,
    may_retry_in_run,
    requested_by_user,
    retry_in_run,
)
from meeting_pipeline.defs.checks import TRANSCRIPT_CHECKS, transcript_checks, transcript_checks_waiting
from meeting_pipeline.defs.partitions import recordings
from meeting_pipeline.defs.preview import count, excerpt, measure, notice, preview
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.document import escape_markdown
from meeting_pipeline.domain.errors import PipelineError, StoreUnavailable, WorkerFenced
from meeting_pipeline.domain.text import clock
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.logs import StepLine, timed_step
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.transcription.collect import Obtained, Waiting, obtain

_PREVIEW_SEGMENTS = 8
_PREVIEW_CHARACTERS = 160


@dg.asset(
    deps=[RECORDING],
    partitions_def=recordings,
    group_name="transcription",
    owners=[policies.OWNER],
    kinds={"speech_to_text", "sql"},
    tags={"tier": "critical", "pii": "true"},
    code_version="1",
    retry_policy=RUN_RETRY,
    pool=policies.TRANSCRIPTION_POOL,
    output_required=False,
    check_specs=TRANSCRIPT_CHECKS,
    description=(
        "Who said what, and when: the diarized transcript. Each materialization names its provider: AssemblyAI, a transcript "
        "export, or the offline engine (a draft, marked as one). The words are in the table `segments` of the results "
        "database; this is a preview.\n\n"
        "Speakers are labels (A, B, ...), named by the asset `speakers`. Materializing it again with the "
        "same options buys nothing; with other options it places a new order and ends; the run that collects "
        "the transcript starts automatically.\n\n"
        "If it fails permanently, the recording is `failed` and its submitter is notified."
    ),
)
@redacting
def transcript(
    context: dg.AssetExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Collect, make or reuse the transcript. While the provider works on it, downstream assets are skipped."""
    key = context.partition_key
    run_id = begin(worker, key, collecting=True)
    with ending_red():
        with timed_step("transcript", recording_id=key, run_id=run_id, attempt=context.retry_number + 1) as line:
            outcome = _obtain(context, installation, key, run_id, line)
        if isinstance(outcome, Waiting):
            installation.store.lifecycle.ordered(key, run_id)
        else:
            installation.store.lifecycle.extracting(key, run_id)
            duration_ms = installation.store.recordings.get(key).duration_ms
    if isinstance(outcome, Waiting):
        context.log.info("Ordered from %s; a run that collects it starts automatically.", outcome.provider)
        yield from transcript_checks_waiting(outcome.provider)
        return
    crash_point("run.extracting", key)
    yield dg.MaterializeResult(
        metadata=transcript_metadata(outcome),
        check_results=transcript_checks(outcome.transcript, duration_ms),
        tags={policies.OUTCOME_TAG: transcript_outcome(outcome.transcript)},
    )


def _obtain(
    context: dg.AssetExecutionContext, installation: Installation, key: str, run_id: str, line: StepLine
) -> Obtained | Waiting:
    try:
        outcome = obtain(installation, key, run_id, requested_by_user=requested_by_user(context))
    except (WorkerFenced, StoreUnavailable):  # does not count as an attempt
        raise
    except PipelineError as error:
        if may_retry_in_run(context, error):
            line.outcome = "retried"
            retry_in_run(error)
        line.outcome = "postponed"
        due = installation.store.lifecycle.collect_later(key, run_id, error)
        if due is None:
            line.outcome = "failed"
        raise failure(error, what_next=_what_next(error, due)) from error
    if isinstance(outcome, Waiting):
        line.outcome = "ordered"
    else:
        line.outcome = "reused" if outcome.reused else transcript_outcome(outcome.transcript)
    return outcome


def _what_next(error: PipelineError, due: datetime | None) -> str:
    if due is None:
        return "It is not retried."
    if error.outage:
        return "It resumes automatically when the provider is back; `meeting-pipeline list` shows when it is retried."
    return f"It is retried automatically at {due:%Y-%m-%d %H:%M:%S} UTC."


def transcript_outcome(found: Transcript) -> str:
    """Value of ``policies.OUTCOME_TAG``."""
    return policies.OUTCOME_DRAFT if found.provenance.draft else policies.OUTCOME_AVAILABLE


def transcript_metadata(outcome: Obtained) -> dict[str, dg.MetadataValue]:
    """What an analyst sees of a transcript."""
    found = outcome.transcript
    words = sum(len(segment.text.split()) for segment in found.segments)
    return {
        "outcome": dg.MetadataValue.text(transcript_outcome(found)),
        "preview": preview(_preview(found)),
        "talk_share": dg.MetadataValue.table(records=_talk_share(found), schema=_TALK_SCHEMA),
        "what_to_do": dg.MetadataValue.text(found.provenance.note or "nothing"),
        "provider": dg.MetadataValue.text(f"{found.provenance.provider} ({found.provenance.model})"),
        "version": count(outcome.version),
        "language": dg.MetadataValue.text(found.language or "unknown"),
        "confidence": measure(found.confidence, 3),
        "duration_minutes": measure(found.duration_ms / 60_000, 2),
        "word_count": count(words),
        "segment_count": count(len(found.segments)),
        "speaker_count": count(len(found.speakers)),
        "reused": dg.MetadataValue.bool(outcome.reused),
        "cost_usd": measure(outcome.cost_usd, 6),
    }


_TALK_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn(
            "speaker", "string", description="label of diarization, or the name that a transcript export gives"
        ),
        dg.TableColumn("segments", "int"),
        dg.TableColumn("minutes", "float"),
        dg.TableColumn("share_percent", "float", description="share of the time in which somebody spoke"),
    ]
)


def _talk_share(found: Transcript) -> list[dg.TableRecord]:
    spoken = {label: [s for s in found.segments if s.speaker == label] for label in found.speakers}
    times = {label: sum(s.end_ms - s.start_ms for s in segments) for label, segments in spoken.items()}
    total = sum(times.values()) or 1
    return [
        dg.TableRecord(
            {
                "speaker": _speaker(found, label),
                "segments": len(spoken[label]),
                "minutes": round(times[label] / 60_000, 2),
                "share_percent": round(100 * times[label] / total, 1),
            }
        )
        for label in found.speakers
    ]


def _preview(found: Transcript) -> Iterator[str]:
    """The first few segments, shortened: a whole transcript does not belong in the event log."""
    if found.provenance.draft:
        yield notice(found.provenance.note or "Draft.")
    left = len(found.segments) - _PREVIEW_SEGMENTS
    for segment in found.segments[:_PREVIEW_SEGMENTS]:
        who = escape_markdown(_speaker(found, segment.speaker))
        yield f"**{clock(segment.start_ms)} {who}:** {excerpt(segment.text, _PREVIEW_CHARACTERS)}"
    if left > 0:
        yield f"*... and {left} more segments*"


def _speaker(found: Transcript, label: str) -> str:
    """The name that the source gives, or the label."""
    return found.speaker_names.get(label, label)

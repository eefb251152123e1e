"""What a reader must know before trusting a record: failed, unfinished, a draft, incomplete.

Belongs here: sentences about the status of a record, for minutes, exports and the command line.
Must not go here: the results themselves (``minutes.py``).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.provenance import Coverage
from meeting_pipeline.domain.record import Gap, MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.relocation import CHANGED
from meeting_pipeline.domain.result_kinds import ResultKind


def notices(record: MeetingRecord, *, drafts: bool = True) -> Iterator[str]:
    """The notices at the top of everything rendered from the record, most serious first.

    ``drafts``: whether to name drafts; off where one notice covers several records.
    """
    if record.status is RecordingStatus.FAILED:
        yield failure_note(record)
    elif not record.status.terminal:
        yield _unfinished_note(record)
    if drafts and record.draft:
        yield draft_note(record)
    missing = [gap.insight.value.replace("_", " ") for gap in record.gaps]
    if missing:
        yield f"Incomplete: {', '.join(missing)}. See below for the reason and what happens next."
    partial = [kind for kind, stamp in sorted(record.stamps.items()) if stamp.coverage and not stamp.coverage.complete]
    if partial:
        yield f"Based on a part of the meeting only: {', '.join(kind.replace('_', ' ') for kind in partial)}."


def failure_note(record: MeetingRecord) -> str:
    """Why a recording failed and what to do."""
    if record.error is None:
        return "This recording failed."
    return _sentences("This recording failed:", record.error.message, record.error.advice, f"[{record.error.code}]")


def _unfinished_note(record: MeetingRecord) -> str:
    note = f"Not finished: {record.status.value}, {record.stage.value}."
    if record.error is None:
        return note
    return _sentences(note, "It waits:", record.error.message, record.error.advice)


def draft_note(record: MeetingRecord) -> str:
    """Which results are drafts, and how far they can be trusted."""
    drafts = sorted(kind for kind, stamp in record.stamps.items() if stamp.provenance.draft)
    insights = [kind.replace("_", " ") for kind in drafts if kind != ResultKind.TRANSCRIPT]
    parts = [f"Draft made without a language model: {', '.join(insights)}."] if insights else []
    if ResultKind.TRANSCRIPT.value in drafts:
        parts.append("The transcript is a draft of offline speech recognition.")
    if record.transcript is not None and record.transcript.confidence is not None:
        parts.append(f"Mean word confidence {record.transcript.confidence:.2f}.")
    return " ".join(parts)


def gap_note(record: MeetingRecord, gap: Gap, *, missing: bool, with_command: bool = True) -> str:
    """Why an insight is missing (or out of date), and what happens next. ``with_command``: the reader can run commands."""
    if missing:
        state = "Missing:"
    elif gap.code == CHANGED:
        state = "This is an earlier version; what is no longer in the transcript is withheld:"
    else:
        state = "This is an earlier version; a newer one could not be made:"
    if gap.retry_at is not None:
        following = f"It is retried at {_moment(gap.retry_at)}."
    elif with_command:
        command = f"meeting-pipeline reprocess {record.key} --assets {gap.insight.value}"
        following = f"It is not retried automatically; to retry: {command}"
    else:
        following = "It is not retried automatically."
    form = forms().get(gap.insight)
    lacking = form.gap_text if form is not None and missing else ""
    return _sentences(state, gap.reason, lacking, gap.advice, following)


def coverage_note(coverage: Coverage) -> str:
    """The part of the transcript a result is based on."""
    return (
        f"Based on {coverage.segments_read} of {coverage.segments_total} segments of the transcript, not on all of it."
    )


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)

"""Recordings over HTTP. The fields are a contract: add some, never rename or remove one.

Belongs here: the response models of ``api/routes/recordings.py``, built from the store's data. Must not go here: meetings
(``meetings.py``).
"""

from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from meeting_pipeline.api.schemas.advice import advice_for
from meeting_pipeline.domain import waits
from meeting_pipeline.domain.recording import RecordingStatus, Source, Stage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.waits import WaitKind
from meeting_pipeline.installation import results_url
from meeting_pipeline.settings import Settings
from meeting_pipeline.store import tables
from meeting_pipeline.store.recordings.cancelling import CancelOutcome
from meeting_pipeline.store.recordings.queries import Overview
from meeting_pipeline.store.tables import GapRow


class RecordingError(BaseModel):
    """Why a recording failed."""

    code: str = Field(description="Stable, for programs.")
    message: str = Field(description="For people.")
    advice: str = Field(description="What to do about it; may be empty.")


class Wait(BaseModel):
    """What a recording waits for."""

    kind: WaitKind = Field(
        description="`outage`: a provider is unavailable. `limit`: the daily limit of "
        "spending is reached. `retry`: the last attempt failed. `provider`: the provider is "
        "working on it. `turn`: it continues shortly."
    )
    code: str = Field(description="Code of the error or the stage; stable.")
    message: str = Field(description="For people.")
    advice: str = Field(description="What to do about it; may be empty.")
    until: datetime | None = Field(description="When the next attempt is due; null if unknown.")


class Gap(BaseModel):
    """A result that is missing."""

    insight: Insight
    code: str = Field(description="Why; stable.")
    reason: str = Field(description="Why, for people.")
    advice: str = Field(description="What to do about it; may be empty.")
    since: datetime | None
    tries: int = Field(description="Number of attempts.")
    retry_at: datetime | None = Field(
        description="When it is retried; null if it is not retried automatically: reprocess it."
    )


class RecordingLinks(BaseModel):
    """Links: paths of this service, except `dagster`. Null if there is nothing yet."""

    self: str
    events: str = Field(description="Server-sent events of this recording.")
    meeting: str = Field(description="The whole record as JSON.")
    minutes: str | None = Field(description="Minutes in Markdown.")
    transcript_vtt: str | None
    transcript_srt: str | None
    transcript_json: str | None
    speakers: str | None
    media: str | None = Field(description="The recording itself, for an audio player.")
    dagster: str = Field(description="Absolute URL of the partition in the Dagster UI.")


class Recording(BaseModel):
    """A recording: its status, what it waits for, what is missing, and where its results are."""

    recording_id: str
    title: str
    original_name: str = Field(description="The file name as submitted.")
    reference: str | None = Field(
        default=None, description="Of the latest submission that has a reference or metadata; null if there is none."
    )
    references: list[str] = Field(
        default_factory=list, description="The references of all submissions of this content, latest first."
    )
    metadata: dict[str, Any] = Field(default_factory=dict, description="Of the same submission as `reference`.")
    source: Source
    status: RecordingStatus
    stage: Stage = Field(description="The current stage; `done` once nothing is processing it.")
    attempts: int = Field(description="Attempts at the transcript that failed or are in progress.")
    meeting_date: date
    timezone: str | None = Field(description="IANA name of the time zone of `meeting_date`, if known.")
    duration_ms: int
    size_bytes: int
    draft: bool = Field(description="Whether any current result is a draft, made on this machine without a service.")
    results: list[ResultKind] = Field(description="The results that exist.")
    gaps: list[Gap] = Field(description="The results that are missing.")
    waits_for: Wait | None = Field(description="Null while it is being processed and once it is done.")
    error: RecordingError | None = Field(description="Why it failed; null if it did not.")
    cost_usd: float = Field(description="Cost so far in US dollars.")
    unpriced_purchases: int = Field(description="Purchases whose price is unknown; they are not in `cost_usd`.")
    revision: int = Field(description="Revision of the record, as announced by webhooks.")
    submissions: int = Field(description="How often this content was submitted.")
    submitted_at: datetime
    updated_at: datetime
    completed_at: datetime | None = Field(description="When it was `completed` or `failed`.")
    links: RecordingLinks


class RecordingPage(BaseModel):
    """A page of recordings, newest first."""

    recordings: list[Recording]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last page.")


class Cancellation(BaseModel):
    """The effect of a cancellation."""

    outcome: CancelOutcome = Field(
        description="`failed`: the recording was ended. `stopped`: only its reprocessing was stopped."
    )
    runs_stopped: int = Field(description="Runs that Dagster was asked to terminate.")
    recording: Recording


class ReprocessRequest(BaseModel):
    """What to reprocess."""

    model_config = ConfigDict(extra="forbid")

    assets: list[ResultKind] | Literal["all", "missing"] = Field(
        default="all", description="Results by name, `missing` for the gaps, or `all`. Earlier versions are kept."
    )
    hold: bool = Field(
        default=False,
        description="Hold new versions of insights until they are promoted or discarded; the record and its webhooks stay as "
        "they are. `all` means all insights then.",
    )


class Reprocessing(BaseModel):
    """What was started."""

    started: Literal["backfill", "restart", "hold"] = Field(
        description="`backfill`: runs make the results again. `restart`: processing of the failed recording starts over. "
        "`hold`: a run makes versions that are held."
    )
    assets: list[ResultKind]
    backfill_id: str | None
    backfill_url: str | None = Field(description="URL of the backfill in the Dagster UI.")
    notice: str | None = Field(
        default=None, description="What to know about it, such as a daily limit that is reached."
    )


def recording_response(settings: Settings, overview: Overview) -> Recording:
    """The representation of a recording."""
    row = overview.row
    return Recording(
        recording_id=row.key,
        title=row.title,
        original_name=row.original_name,
        reference=overview.attached.reference,
        references=list(overview.attached.references),
        metadata=dict(overview.attached.metadata),
        source=row.source,
        status=RecordingStatus(row.status),
        stage=Stage(row.stage),
        attempts=row.attempts,
        meeting_date=row.meeting_date,
        timezone=row.timezone,
        duration_ms=row.duration_ms,
        size_bytes=row.size_bytes,
        draft=overview.draft,
        results=[kind for kind in ResultKind if kind in overview.results],
        gaps=[_gap(settings, overview, gap) for gap in overview.gaps],
        waits_for=wait_response(settings, overview.wait),
        error=_error(settings, row),
        cost_usd=round(overview.cost_usd, 6),
        unpriced_purchases=overview.unpriced_purchases,
        revision=row.revision,
        submissions=overview.submissions,
        submitted_at=row.created_at,
        updated_at=row.updated_at,
        completed_at=row.completed_at,
        links=recording_links(settings, row, has_transcript=ResultKind.TRANSCRIPT in overview.results),
    )


def wait_response(settings: Settings, wait: waits.Wait | None) -> Wait | None:
    """The representation of a wait."""
    if wait is None:
        return None
    advice = advice_for(settings, wait.code, wait.advice)
    return Wait(kind=wait.kind, code=wait.code, message=wait.message, advice=advice, until=wait.until)


def recording_links(settings: Settings, row: tables.Recording, *, has_transcript: bool) -> RecordingLinks:
    """The links of a recording."""
    base = settings.api_base_path
    recording, meeting = f"{base}/v1/recordings/{quote(row.key)}", f"{base}/v1/meetings/{quote(row.key)}"
    return RecordingLinks(
        self=recording,
        events=f"{recording}/events",
        meeting=meeting,
        minutes=f"{meeting}/minutes.md" if has_transcript else None,
        transcript_vtt=f"{meeting}/transcript.vtt" if has_transcript else None,
        transcript_srt=f"{meeting}/transcript.srt" if has_transcript else None,
        transcript_json=f"{meeting}/transcript.json" if has_transcript else None,
        speakers=f"{meeting}/speakers" if has_transcript else None,
        media=f"{recording}/media" if row.media_file else None,
        dagster=results_url(settings, row.key),
    )


def _gap(settings: Settings, overview: Overview, gap: GapRow) -> Gap:
    return Gap(
        insight=Insight(gap.insight),
        code=gap.code,
        reason=gap.reason,
        advice=advice_for(settings, gap.code, gap.advice),
        since=gap.since,
        tries=gap.tries,
        retry_at=overview.retried_at(gap),
    )


def _error(settings: Settings, row: tables.Recording) -> RecordingError | None:
    if row.status != RecordingStatus.FAILED or row.error_code is None:
        return None
    advice = advice_for(settings, row.error_code, row.error_advice or "")
    return RecordingError(code=row.error_code, message=row.error_message or "", advice=advice)

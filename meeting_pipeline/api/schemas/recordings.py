"""How recordings look over HTTP. Add fields, never rename or remove one: they are a contract.

Belongs here: the response models of ``api/routes/recordings.py``, made from what the store says. Must not go here: meetings
(``meetings.py``).
"""

from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from meeting_pipeline.domain import waits
from meeting_pipeline.domain.models import Insight, RecordingStatus, ResultKind, Source, Stage
from meeting_pipeline.domain.waits import WaitKind
from meeting_pipeline.installation import results_url
from meeting_pipeline.settings import Settings
from meeting_pipeline.store import tables
from meeting_pipeline.store.recordings.queries import Overview
from meeting_pipeline.store.recordings.recovery import CancelOutcome
from meeting_pipeline.store.tables import GapRow


class RecordingError(BaseModel):
    """Why a recording failed."""

    code: str = Field(description="Stable, for programs.")
    message: str = Field(description="For people.")
    advice: str = Field(description="What can be done; may be empty.")


class Wait(BaseModel):
    """What a recording waits for."""

    kind: WaitKind = Field(
        description="`outage`: a provider answers nobody. `retry`: the last try failed. `provider`: the provider is at "
        "work. `turn`: it is about to go on by itself."
    )
    code: str = Field(description="Of the error or the stage; stable.")
    message: str = Field(description="For people.")
    advice: str = Field(description="What can be done; may be empty.")
    until: datetime | None = Field(description="When the next try is due; null if nobody can tell.")


class Gap(BaseModel):
    """A result that is missing."""

    insight: Insight
    code: str = Field(description="Why; stable.")
    reason: str = Field(description="Why, for people.")
    advice: str = Field(description="What can be done; may be empty.")
    since: datetime | None
    tries: int = Field(description="How often it was asked for.")
    retry_at: datetime | None = Field(description="When it is asked for again; null: not by itself, reprocess it.")


class RecordingLinks(BaseModel):
    """Where to go from here: paths of this service, but for `dagster`. Null: there is nothing there (yet)."""

    self: str
    events: str = Field(description="Server-sent events of this recording.")
    meeting: str = Field(description="Everything that is known, as JSON.")
    minutes: str | None = Field(description="Minutes in Markdown.")
    transcript_vtt: str | None
    transcript_srt: str | None
    transcript_json: str | None
    speakers: str | None
    media: str | None = Field(description="The recording itself, for a player.")
    dagster: str = Field(description="Absolute: the same partition in the Dagster UI.")


class Recording(BaseModel):
    """A recording: how far it is, what it waits for, what is missing, and where its results are."""

    recording_id: str
    title: str
    original_name: str = Field(description="As submitted. Data, never a path.")
    source: Source
    status: RecordingStatus
    stage: Stage = Field(description="What it is at; `done` once nothing is at work on it.")
    attempts: int = Field(description="Tries for the transcript that failed or are under way.")
    meeting_date: date
    timezone: str | None = Field(
        description="IANA name of the time zone whose day `meeting_date` is, if it has a name."
    )
    duration_ms: int
    size_bytes: int
    draft: bool = Field(description="Whether any current result is a draft of the offline engine.")
    results: list[ResultKind] = Field(description="Which results there are.")
    gaps: list[Gap] = Field(description="Which results are missing, though asked for.")
    waits_for: Wait | None = Field(description="Null while it is worked on, and once it is done.")
    error: RecordingError | None = Field(description="Why it failed; null unless it did.")
    cost_usd: float = Field(description="Paid to the providers so far.")
    revision: int = Field(description="How often an outcome was told by webhook.")
    submissions: int = Field(description="How often this very content was handed in.")
    submitted_at: datetime
    updated_at: datetime
    completed_at: datetime | None = Field(description="When it got its outcome, `completed` or `failed`.")
    links: RecordingLinks


class RecordingPage(BaseModel):
    """Some recordings, the newest first."""

    recordings: list[Recording]
    next_cursor: str | None = Field(description="For `cursor` of the next page; null: this is the last one.")


class Cancellation(BaseModel):
    """What a cancellation did."""

    outcome: CancelOutcome = Field(
        description="`failed`: the recording ended. `stopped`: only runs that made it again."
    )
    runs_stopped: int = Field(description="Runs that Dagster was asked to stop.")
    recording: Recording


class ReprocessRequest(BaseModel):
    """What is made again."""

    model_config = ConfigDict(extra="forbid")

    assets: list[ResultKind] | Literal["all", "missing"] = Field(
        default="all", description="Results by name; `missing`: those that are gaps; `all`. Earlier versions are kept."
    )


class Reprocessing(BaseModel):
    """What was started."""

    started: Literal["backfill", "restart"] = Field(
        description="`backfill`: a run makes the results again. `restart`: the failed recording starts over."
    )
    assets: list[ResultKind]
    backfill_id: str | None
    backfill_url: str | None = Field(description="The backfill's page in the Dagster UI.")


def recording_response(settings: Settings, overview: Overview) -> Recording:
    """The representation of a recording."""
    row = overview.row
    return Recording(
        recording_id=row.key,
        title=row.title,
        original_name=row.original_name,
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
        gaps=[_gap(overview, gap) for gap in overview.gaps],
        waits_for=wait_response(overview.wait),
        error=_error(row),
        cost_usd=round(overview.cost_usd, 6),
        revision=row.revision,
        submissions=overview.submissions,
        submitted_at=row.created_at,
        updated_at=row.updated_at,
        completed_at=row.completed_at,
        links=recording_links(settings, row, has_transcript=ResultKind.TRANSCRIPT in overview.results),
    )


def wait_response(wait: waits.Wait | None) -> Wait | None:
    """The representation of a wait."""
    if wait is None:
        return None
    return Wait(kind=wait.kind, code=wait.code, message=wait.message, advice=wait.advice, until=wait.until)


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


def _gap(overview: Overview, gap: GapRow) -> Gap:
    return Gap(
        insight=Insight(gap.insight),
        code=gap.code,
        reason=gap.reason,
        advice=gap.advice,
        since=gap.since,
        tries=gap.tries,
        retry_at=overview.asked_again_at(gap),
    )


def _error(row: tables.Recording) -> RecordingError | None:
    if row.status != RecordingStatus.FAILED or row.error_code is None:
        return None
    return RecordingError(code=row.error_code, message=row.error_message or "", advice=row.error_advice or "")

"""Meetings over HTTP: the fields of ``domain/record_json.py`` with their descriptions.

The fields are those of the webhook's body; a test compares both. Add some, never rename or remove one. Must not go here:
recordings in progress (``recordings.py``), speakers for editing (``speakers.py``).
"""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from meeting_pipeline.api.schemas.recordings import Gap, RecordingError
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict


class Coverage(BaseModel):
    """The part of the transcript a result is based on."""

    segments_read: int
    segments_total: int
    parts: int


class WordCount(BaseModel):
    """The words of a submitted transcript export."""

    words_in: int = Field(description="Words of the file. Words that its format repeats count once.")
    words_kept: int = Field(description="Words in the transcript.")
    left_out: dict[str, int] = Field(description="Words that are not in the transcript, by reason.")


class Provenance(BaseModel):
    """What made a result: provider, model and versions."""

    version: int
    provider: str
    model: str
    draft: bool
    note: str
    words: WordCount | None = Field(
        default=None,
        exclude_if=lambda words: words is None,
        description="For a transcript that was imported from a file; absent for others.",
    )
    coverage: Coverage | None
    transcript_version: int | None = Field(
        description="For an insight, the version of the transcript from which it was made."
    )


class JudgedEntry(BaseModel):
    """An entry that claims something about the meeting, with its verdict."""

    claim_id: str = Field(description="The same for the same claim in every version.")
    verdict: Verdict = Field(description="Whether the words of the meeting support it.")
    reasons: list[str] = Field(description="Why not; stable codes, most important first.")
    accepted_by: str | None = Field(description="Who accepted it as a fact, if a person did.")


class Topic(JudgedEntry):
    """A topic, with the time span in which it was discussed."""

    title: str
    start_ms: int
    end_ms: int


class SummarySentence(JudgedEntry):
    """A sentence of the summary."""

    text: str
    segment_ids: list[int] = Field(description="The segments it is based on.")


class Summary(BaseModel):
    """What the meeting was about. Speakers appear by name."""

    short_summary: str = Field(description="The sentences that may be stated as facts.")
    topics: list[Topic]
    sentences: list[SummarySentence] = Field(description="Empty if the summary is older than verdicts.")


class MeetingSpeaker(BaseModel):
    """A speaker of the meeting. The verdict is about the name that was found; null if it is not shown."""

    label: str
    name: str | None = Field(description="Null if unknown.")
    confidence: float | None = Field(description="Confidence of the name, 0 to 1; 1 if a person gave it.")
    claim_id: str | None
    verdict: Verdict | None
    reasons: list[str]
    accepted_by: str | None


class Segment(BaseModel):
    """A passage spoken by one speaker."""

    id: int
    speaker: str = Field(description="A label of `speakers`.")
    start_ms: int
    end_ms: int
    text: str
    confidence: float | None
    edited_by: str | None = Field(
        default=None, exclude_if=lambda by: by is None, description="Who corrected it; absent if nobody did."
    )


class Evidence(BaseModel):
    """The quote that supports an item, and where it was said."""

    segment_ids: list[int]
    quote: str
    start_ms: int | None


class FollowedEntry(JudgedEntry):
    """An entry whose status at the end of the meeting is known."""

    status: ItemStatus | None = Field(
        description="What became of it by the end of the meeting; null if the checks could not tell."
    )
    status_segment_id: int | None = Field(description="The segment that says so; null if it is open.")
    edited_by: str | None = Field(
        default=None, exclude_if=lambda by: by is None, description="Who changed or added it; absent if nobody did."
    )
    added: bool | None = Field(
        default=None,
        exclude_if=lambda added: added is None,
        description="Whether a person added it; absent if nobody edited it.",
    )


class ActionItem(FollowedEntry):
    """A task that somebody agreed to do."""

    task: str
    owner: str | None = Field(description="A label, or a name as it was said; null if nobody was named.")
    owner_name: str | None
    due_date: date | None
    due_words: str | None = Field(description="As it was said.")
    candidate: bool = Field(description="Too uncertain to be stated as a fact.")
    evidence: Evidence


class Decision(FollowedEntry):
    """A decision."""

    decision: str
    decided_by: list[str] = Field(description="Labels, or names as they were said.")
    decided_by_names: list[str]
    candidate: bool
    evidence: Evidence


class Meeting(BaseModel):
    """The meeting and all current results. Null means missing (see `gaps`); an empty list means there are none."""

    title: str
    date: date
    duration_ms: int
    language: str | None
    draft: bool
    provenance: dict[str, Provenance] = Field(description="Keyed by result.")
    unverified: dict[str, int] = Field(
        description="How many claims of each insight the words of the meeting do not confirm. They are left out, unless the "
        "installation marks them; `GET /v1/meetings/{recording_id}/claims` lists them."
    )
    summary: Summary | None
    speakers: list[MeetingSpeaker] | None
    segments: list[Segment] | None
    action_items: list[ActionItem] | None
    decisions: list[Decision] | None


class MeetingRecord(BaseModel):
    """The whole record of one recording, finished or not."""

    recording_id: str
    status: RecordingStatus
    stage: Stage
    revision: int
    original_name: str
    reference: str | None = Field(default=None, description="The submitter's own name for it.")
    metadata: dict[str, Any] = Field(default_factory=dict, description="The submitter's own data.")
    submitted_at: datetime
    completed_at: datetime | None
    cost_usd: float
    unpriced_purchases: int = Field(description="Purchases whose price is unknown; they are not in `cost_usd`.")
    error: RecordingError | None
    gaps: list[Gap]
    meeting: Meeting


class Transcript(BaseModel):
    """The transcript, without the rest of the record."""

    recording_id: str
    title: str
    language: str | None
    duration_ms: int
    draft: bool
    speakers: list[MeetingSpeaker]
    segments: list[Segment]

"""How meetings look over HTTP: the fields of ``domain/record_json.py``, described; and speakers, for editing.

The fields are those of the webhook's body: add some, never rename or remove one; a test compares both. Must not go here:
recordings on their way (``recordings.py``).
"""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from meeting_pipeline import policies
from meeting_pipeline.api.schemas.recordings import Gap, RecordingError
from meeting_pipeline.domain import record as domain
from meeting_pipeline.domain.models import RecordingStatus, Stage
from meeting_pipeline.domain.speaker_edits import SpeakerEdit, in_force
from meeting_pipeline.store.results.speaker_edits import Edits


class Coverage(BaseModel):
    """Which part of the meeting a result rests on."""

    segments_read: int
    segments_total: int
    parts: int


class Provenance(BaseModel):
    """Who made a result."""

    version: int
    provider: str
    model: str
    draft: bool
    note: str
    coverage: Coverage | None


class Topic(BaseModel):
    """A part of the meeting."""

    title: str
    start_ms: int
    end_ms: int


class Summary(BaseModel):
    """What the meeting was about. Speakers stand in it by name."""

    short_summary: str
    topics: list[Topic]


class MeetingSpeaker(BaseModel):
    """Who spoke."""

    label: str
    name: str | None = Field(description="Null: nobody told.")
    confidence: float | None = Field(description="Confidence of the name, 0 to 1; 1 if a person gave it.")


class Segment(BaseModel):
    """A stretch of speech by one speaker."""

    id: int
    speaker: str = Field(description="A label of `speakers`.")
    start_ms: int
    end_ms: int
    text: str
    confidence: float | None


class Evidence(BaseModel):
    """Where it was said."""

    segment_ids: list[int]
    quote: str
    start_ms: int | None


class ActionItem(BaseModel):
    """Something that somebody undertook to do."""

    task: str
    owner: str | None = Field(description="A label, or a name as it was said; null if nobody was named.")
    owner_name: str | None
    due_date: date | None
    due_words: str | None = Field(description="As said.")
    candidate: bool = Field(description="Too uncertain to be stated as a fact.")
    evidence: Evidence


class Decision(BaseModel):
    """Something that was settled."""

    decision: str
    decided_by: list[str] = Field(description="Labels, or names as they were said.")
    decided_by_names: list[str]
    candidate: bool
    evidence: Evidence


class Meeting(BaseModel):
    """The meeting and all current results. Null: missing, see `gaps`; an empty list: there are none."""

    title: str
    date: date
    duration_ms: int
    language: str | None
    draft: bool
    provenance: dict[str, Provenance] = Field(description="Keyed by result.")
    summary: Summary | None
    speakers: list[MeetingSpeaker] | None
    segments: list[Segment] | None
    action_items: list[ActionItem] | None
    decisions: list[Decision] | None


class MeetingRecord(BaseModel):
    """Everything that is known of one recording, finished or not."""

    recording_id: str
    status: RecordingStatus
    stage: Stage
    revision: int
    original_name: str
    submitted_at: datetime
    completed_at: datetime | None
    cost_usd: float
    error: RecordingError | None
    gaps: list[Gap]
    meeting: Meeting


class Transcript(BaseModel):
    """The transcript alone."""

    recording_id: str
    title: str
    language: str | None
    duration_ms: int
    draft: bool
    speakers: list[MeetingSpeaker]
    segments: list[Segment]


class Speaker(BaseModel):
    """A speaker label: what was found, what people said, and what is shown."""

    label: str
    shown: str = Field(description="The name shown in minutes and transcripts.")
    found_name: str | None = Field(description="The name found in the transcript; null if there is none.")
    given_name: str | None = Field(description="The name a person gave; it takes precedence over the one found.")
    merged_into: str | None = Field(description="Another label of the same person, if somebody merged them.")
    segments: int = Field(description="Number of segments with this label.")
    spoken_ms: int
    in_force: bool = Field(description="False if the transcript has no such label; the edit is kept.")


class SpeakerList(BaseModel):
    """The labels of a transcript in order of appearance, then those of edits that wait."""

    speakers: list[Speaker]


class RenameSpeaker(BaseModel):
    """Another name."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=policies.SPEAKER_NAME_CHARACTERS)] | None = Field(
        description="The name; null restores the one that was found."
    )


class MergeSpeaker(BaseModel):
    """The same person as another label."""

    model_config = ConfigDict(extra="forbid")

    merge_into: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        description="Another label of the same person; null undoes the merge."
    )


def speaker_list(record: domain.MeetingRecord, kept: Edits) -> SpeakerList:
    """The representation of a meeting's speakers. ``record`` has the edits, ``kept`` is without them."""
    labels = kept.transcript.speakers
    edits = {edit.label: edit for edit in kept.edits}
    waiting = [label for label in edits if label not in labels]
    merges = in_force(labels, edits)
    segments, spoken = dict.fromkeys(labels, 0), dict.fromkeys(labels, 0)
    for segment in kept.transcript.segments:
        segments[segment.speaker] += 1
        spoken[segment.speaker] += max(segment.end_ms - segment.start_ms, 0)
    shapes = []
    for label in (*labels, *waiting):
        edit = edits.get(label, SpeakerEdit(label))
        there = label in labels and (edit.merged_into is None or label in merges)
        shapes.append(
            Speaker(
                label=label,
                shown=record.speaker_name(label),
                found_name=kept.found.get(label),
                given_name=edit.name,
                merged_into=merges.get(label) if there else edit.merged_into,
                segments=segments.get(label, 0),
                spoken_ms=spoken.get(label, 0),
                in_force=there,
            )
        )
    return SpeakerList(speakers=shapes)

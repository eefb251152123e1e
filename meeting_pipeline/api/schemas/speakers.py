"""The speakers of a meeting over HTTP: names of the labels, found or given by people, and changing them.

The fields are a contract: add some, never rename or remove one.
Must not go here: speakers as a record shows them (``meetings.py``).
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from meeting_pipeline import policies
from meeting_pipeline.domain import record as domain
from meeting_pipeline.domain.speaker_edits import SpeakerEdit, in_force
from meeting_pipeline.store.edits.speaker_edits import Edits


class Speaker(BaseModel):
    """A speaker label with the name that was found, the name that a person gave, and the name that is shown."""

    label: str
    shown: str = Field(description="The name shown in minutes and transcripts.")
    found_name: str | None = Field(description="The name found in the transcript; null if there is none.")
    given_name: str | None = Field(description="The name a person gave; it takes precedence over the one found.")
    merged_into: str | None = Field(description="Another label of the same person, if somebody merged them.")
    segments: int = Field(description="Number of segments with this label.")
    spoken_ms: int
    in_force: bool = Field(description="False if the transcript has no such label; the edit is kept.")


class SpeakerList(BaseModel):
    """The labels of the transcript in order of appearance, then labels that only edits refer to."""

    speakers: list[Speaker]


class RenameSpeaker(BaseModel):
    """A new name for a speaker."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=policies.SPEAKER_NAME_CHARACTERS)] | None = Field(
        description="The name; null restores the one that was found."
    )


class MergeSpeaker(BaseModel):
    """Mark a speaker as the same person as another label."""

    model_config = ConfigDict(extra="forbid")

    merge_into: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        description="Another label of the same person; null undoes the merge."
    )


def speaker_list(record: domain.MeetingRecord, kept: Edits) -> SpeakerList:
    """The representation of a meeting's speakers. ``record`` has the edits applied, ``kept`` does not."""
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

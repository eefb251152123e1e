"""Small meetings for tests: transcripts built from pairs of speaker and text."""

from collections.abc import Iterable
from datetime import date

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.insights.spec import Shown

MEETING_DAY = date(2026, 3, 11)
"""A Wednesday."""
SEGMENT_MS = 4_000

CONTEXT = MeetingContext(title="Weekly sync", meeting_date=MEETING_DAY, participants=("Ada Park", "Ben Ito"))

TALK = (
    ("A", "Good morning, this is Ada. Let us start."),
    ("B", "My name is Ben. I looked at the release."),
    ("A", "We decided to ship version two in April."),
    ("B", "I will send the report to Carol by Friday."),
    ("A", "Thanks, Ben. I'll book the room."),
)


def transcript_of(
    talk: Iterable[tuple[str, str]] = TALK,
    *,
    names: dict[str, str] | None = None,
    draft: bool = False,
    confidence: float | None = 0.9,
) -> Transcript:
    """A transcript with segments of ``SEGMENT_MS`` each."""
    segments = tuple(
        Segment(index=i, speaker=speaker, start_ms=i * SEGMENT_MS, end_ms=i * SEGMENT_MS + SEGMENT_MS - 500, text=text)
        for i, (speaker, text) in enumerate(talk)
    )
    return Transcript(
        segments=segments,
        language="en",
        duration_ms=len(segments) * SEGMENT_MS,
        confidence=confidence,
        provenance=Provenance(provider="offline" if draft else "assemblyai", model="m", draft=draft),
        speaker_names=names or {},
    )


def shown_of(transcript: Transcript) -> Shown:
    """The whole transcript as shown to a model."""
    return Shown(transcript, CONTEXT, {segment.index: segment for segment in transcript.segments})

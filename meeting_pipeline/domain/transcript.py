"""What was said: a transcript, its segments, and evidence quoted from them.

Times inside a recording are integer milliseconds from its start. Speakers are diarization labels (``A``, ``B``, ...): names are
resolved when a record is loaded, so a rename never rewrites a result. In sentences a label is written as a placeholder, ``{A}``
(``speaker_placeholders.py``).
Must not go here: checking a quote (``evidence.py``), the format of a provider or an export (``providers/``).
"""

from functools import cached_property

from pydantic import Field

from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.value import Value


class Segment(Value):
    """A stretch of speech by one speaker.

    ``index`` is the segment's id: 0-based and gapless in order of ``start_ms``.
    ``confidence`` is 0..1, or ``None`` if the provider gives none (imported transcripts).
    Sources without usable times (some Meet exports) get estimated times; their provenance says so.
    """

    index: int
    speaker: str
    start_ms: int
    end_ms: int
    text: str
    confidence: float | None = None


class Transcript(Value):
    """A diarized transcript. ``speaker_names`` holds names given by the source itself (imported transcripts)."""

    segments: tuple[Segment, ...]
    language: str | None
    duration_ms: int
    confidence: float | None
    provenance: Provenance
    speaker_names: dict[str, str] = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """Everything that was said, one segment per line, without speakers."""
        return "\n".join(segment.text for segment in self.segments)

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """Speaker labels in order of first appearance."""
        return tuple(dict.fromkeys(segment.speaker for segment in self.segments))


class Evidence(Value):
    """What a statement is based on: ids of existing segments, and words quoted from them."""

    segment_ids: tuple[int, ...]
    quote: str

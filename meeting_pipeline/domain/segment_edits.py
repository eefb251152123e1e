"""Segments that people corrected: the words that were said, or who said them.

Stored transcripts are never rewritten: corrections are applied whenever a record is loaded. A correction finds its segment in a
later transcript if exactly one segment says the same words as those it corrected and overlaps in time. Otherwise it is a
conflict: it is shown and kept, and applies to nothing. Evidence of items keeps the words as they were transcribed.
Must not go here: storing corrections (``store/edits/segment_edits.py``).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.transcript import Segment, Transcript

_NAME_CHARACTERS: Final = 16
"""Hexadecimal digits of the hash in a name, 64 bits: the segments of a meeting never share them by chance."""


@dataclass(frozen=True)
class SegmentEdit:
    """A correction. ``fields``: ``text``, ``speaker``, or both; ``segment``: the segment as it was transcribed."""

    subject: str
    segment: Segment
    fields: Mapping[str, Any]
    edited_by: str
    edited_at: datetime
    version: int = 0


def subject_of(segment: Segment) -> str:
    """The name of a correction of this segment: the same for the same words at the same time."""
    whole = f"{segment.start_ms}\n{segment.speaker}\n{segment.text}"
    return f"segment-{hashlib.sha256(whole.encode('utf-8', 'replace')).hexdigest()[:_NAME_CHARACTERS]}"


def located(transcript: Transcript, edits: Sequence[SegmentEdit]) -> dict[int, SegmentEdit]:
    """The corrections that fit, by the index of their segment. Of two for one segment, neither fits."""
    if not edits:
        return {}
    by_words: dict[tuple[str, ...], list[Segment]] = {}
    for segment in transcript.segments:
        by_words.setdefault(words_of(segment.text), []).append(segment)
    found: dict[int, list[SegmentEdit]] = {}
    for edit in edits:
        same = [one for one in by_words.get(words_of(edit.segment.text), ()) if _overlap(one, edit.segment)]
        speaker = edit.fields.get("speaker")
        if len(same) == 1 and (speaker is None or speaker in transcript.speakers):
            found.setdefault(same[0].index, []).append(edit)
    return {index: own[0] for index, own in found.items() if len(own) == 1}


def corrected(transcript: Transcript, edits: Mapping[int, SegmentEdit]) -> Transcript:
    """The transcript with these corrections, by index."""
    if not edits:
        return transcript
    segments = tuple(
        segment.model_copy(update=dict(edits[segment.index].fields)) if segment.index in edits else segment
        for segment in transcript.segments
    )
    # Not model_copy: the copy would keep the old labels, which the value caches.
    return Transcript(
        segments=segments,
        language=transcript.language,
        duration_ms=transcript.duration_ms,
        confidence=transcript.confidence,
        provenance=transcript.provenance,
        speaker_names=transcript.speaker_names,
    )


def _overlap(one: Segment, other: Segment) -> bool:
    """Whether they share a moment; a segment without length is the moment at which it starts."""
    return one.start_ms <= max(other.end_ms, other.start_ms) and other.start_ms <= max(one.end_ms, one.start_ms)

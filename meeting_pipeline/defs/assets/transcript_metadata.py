"""Transcripts as analysts see them: the metadata of each materialization.

Must not go here: making a transcript (``transcript.py``), the verdicts of its checks (``defs/checks.py``).
"""

from collections.abc import Iterator

import dagster as dg

from meeting_pipeline.defs.preview import advice_about, count, excerpt, measure, notice, preview
from meeting_pipeline.defs.words_metadata import words_metadata
from meeting_pipeline.domain.document import escape_markdown
from meeting_pipeline.domain.text import clock
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.units import MS_PER_MINUTE
from meeting_pipeline.steps.processing.outcome_words import transcript_outcome
from meeting_pipeline.steps.transcription.obtained import Obtained

_PREVIEW_SEGMENTS = 8
"""Segments shown in the UI: enough to see whether it is the right meeting."""
_PREVIEW_CHARACTERS = 160
"""Of a segment in the UI: about two lines."""


def transcript_metadata(outcome: Obtained) -> dict[str, dg.MetadataValue]:
    """What an analyst sees of a transcript."""
    found = outcome.transcript
    words = sum(len(segment.text.split()) for segment in found.segments)
    return {
        "outcome": dg.MetadataValue.text(transcript_outcome(found)),
        "preview": preview(_preview(found)),
        "talk_share": dg.MetadataValue.table(records=_talk_share(found), schema=_TALK_SCHEMA),
        "what_to_do": dg.MetadataValue.text(advice_about(found.provenance)),
        "provider": dg.MetadataValue.text(f"{found.provenance.provider} ({found.provenance.model})"),
        "version": count(outcome.version),
        "language": dg.MetadataValue.text(found.language or "unknown"),
        "confidence": measure(found.confidence, 3),
        "duration_minutes": measure(found.duration_ms / MS_PER_MINUTE, 2),
        "word_count": count(words),
        **words_metadata(found.provenance.words),
        "segment_count": count(len(found.segments)),
        "speaker_count": count(len(found.speakers)),
        "reused": dg.MetadataValue.bool(outcome.reused),
        "cost_usd": measure(None if outcome.unpriced else outcome.cost_usd, 6),
    }


SEGMENTS_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("recording_key", "string", description="the recording; its partition key in Dagster"),
        dg.TableColumn("index", "int", description="its number in the recording, from 0"),
        dg.TableColumn("speaker", "string", description="a label; the table `speakers` has names"),
        dg.TableColumn("start_ms", "int", description="when it begins, in ms from the start of the recording"),
        dg.TableColumn("end_ms", "int", description="when it ends, in ms from the start of the recording"),
        dg.TableColumn("text", "string", description="what was said"),
        dg.TableColumn("confidence", "float", description="0 to 1; empty if the provider gives none"),
    ]
)
"""The columns of the table ``segments`` in the results database."""
_TALK_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn(
            "speaker", "string", description="label of diarization, or the name that a transcript export gives"
        ),
        dg.TableColumn("segments", "int", description="how many segments they speak"),
        dg.TableColumn("minutes", "float", description="how long they speak"),
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
                "minutes": round(times[label] / MS_PER_MINUTE, 2),
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

"""Podcast Index: ``{"version": "1.0.0", "segments": [{"speaker": ..., "startTime": 0.5, "endTime": 4, "body": ...}]}``.

Source: podcast namespace, ``podcast:transcript``. A speaker is named only where it changes; segments may be single words.
"""

from typing import Any, Final

from meeting_pipeline.providers.imported.json_exports import (
    has_keys,
    json_format,
    kept_lines,
    line_of,
    ms_of,
    objects,
    speaker_name,
    words_in,
)
from meeting_pipeline.providers.imported.lines import Export


def _fits(value: Any) -> bool:
    return has_keys(objects(value, "segments"), "startTime", "body")


def _read(value: Any) -> Export:
    lines = []
    speaker: str | None = None
    for segment in objects(value, "segments"):
        speaker = speaker_name(segment.get("speaker")) or speaker
        lines.append(
            line_of(speaker, ms_of(segment.get("startTime")), ms_of(segment.get("endTime")), segment.get("body"))
        )
    said = " ".join(words_in(segment.get("body")) for segment in objects(value, "segments"))
    return Export("podcast-json", kept_lines(lines), said=said)


FORMAT: Final = json_format("podcast-json", "Podcast Index, JSON", _fits, _read)

"""Our own JSON, of a record or of its transcript, read back without loss of words, times, speakers, language and draft mark.

Must not go here: writing it (``domain/record_json.py``).
"""

from typing import Any, Final

from meeting_pipeline.providers.imported.json_exports import (
    has_keys,
    inner,
    json_format,
    kept_lines,
    line_of,
    ms_of,
    objects,
    words_in,
)
from meeting_pipeline.providers.imported.lines import Export


def _meeting(value: Any) -> Any:
    return value["meeting"] if isinstance(inner(value, "meeting"), dict) else value


def _fits(value: Any) -> bool:
    return (
        "recording_id" in value
        if isinstance(value, dict) and has_keys(objects(_meeting(value), "segments"), "start_ms", "speaker")
        else False
    )


def _read(value: Any) -> Export:
    meeting = _meeting(value)
    names = {words_in(each.get("label")): words_in(each.get("name")) for each in objects(meeting, "speakers")}
    segments = objects(meeting, "segments")
    lines = kept_lines(
        line_of(
            names.get(words_in(each.get("speaker"))) or f"Speaker {words_in(each.get('speaker'))}",
            ms_of(each.get("start_ms"), unit_ms=1),
            ms_of(each.get("end_ms"), unit_ms=1),
            each.get("text"),
        )
        for each in segments
    )
    return Export(
        "own-json",
        lines,
        ms_of(meeting.get("duration_ms"), unit_ms=1),
        said=" ".join(words_in(each.get("text")) for each in segments),
        draft=meeting.get("draft") is True,
        whole=True,
        by_time=True,
        language=words_in(meeting.get("language")) or None,
    )


FORMAT: Final = json_format("own-json", "Our own JSON", _fits, _read)

"""whisper.cpp: ``{"transcription": [{"offsets": {"from": 0, "to": 4000}, "text": ...}]}``, times in milliseconds.

Must not go here: Whisper's own JSON (``whisper_json.py``).
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
    speaker_name,
    words_in,
)
from meeting_pipeline.providers.imported.lines import Export


def _fits(value: Any) -> bool:
    return has_keys(objects(value, "transcription"), "offsets", "text")


def _read(value: Any) -> Export:
    items = objects(value, "transcription")
    lines = kept_lines(
        line_of(
            speaker_name(item.get("speaker")),
            ms_of(inner(item, "offsets", "from"), unit_ms=1),
            ms_of(inner(item, "offsets", "to"), unit_ms=1),
            item.get("text"),
        )
        for item in items
    )
    language = inner(value, "result", "language")
    said = " ".join(words_in(item.get("text")) for item in items)
    return Export(
        "whisper-cpp-json", lines, said=said, whole=True, language=language if isinstance(language, str) else None
    )


FORMAT: Final = json_format("whisper-cpp-json", "whisper.cpp, JSON", _fits, _read)

"""YouTube's ``json3``: ``{"wireMagic": "pb3", "events": [{"tStartMs": 500, "dDurationMs": 2000, "segs": [{"utf8": "good"}]}]}``.

Must not go here: YouTube's other captions (``youtube_captions.py``, ``youtube_sbv.py``).
"""

from typing import Any, Final

from meeting_pipeline.providers.imported.json_exports import has_keys, json_format, kept_lines, line_of, ms_of, objects
from meeting_pipeline.providers.imported.lines import Export, Line


def _fits(value: Any) -> bool:
    events = objects(value, "events")
    return has_keys(events, "tStartMs") and any(has_keys(objects(event, "segs"), "utf8") for event in events[:20])


def _read(value: Any) -> Export:
    lines: list[Line | None] = []
    for event in objects(value, "events"):
        text = "".join(one["utf8"] for one in objects(event, "segs") if isinstance(one.get("utf8"), str))
        start, length = ms_of(event.get("tStartMs"), unit_ms=1), ms_of(event.get("dDurationMs"), unit_ms=1)
        end = None if start is None or length is None else start + length
        lines.append(line_of(None, start, end, text))
    kept = kept_lines(lines)
    return Export("youtube-json", kept, said=" ".join(line.text for line in kept))


FORMAT: Final = json_format("youtube-json", "YouTube, JSON", _fits, _read)

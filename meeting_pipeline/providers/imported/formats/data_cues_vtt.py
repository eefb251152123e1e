"""WebVTT whose cues are data for programs: JSON with the words, as Teams' API writes it, or no words at all.

Must not go here: JSON files (``listed_json.py``).
"""

import json
import re
from typing import Any, Final

from meeting_pipeline.providers.imported.cues.blocks import Cue
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.json_exports import kept_lines, line_of, speaker_name
from meeting_pipeline.providers.imported.json_keys import SPEAKERS, TEXTS, named, plain_keys
from meeting_pipeline.providers.imported.lines import Export, Line
from meeting_pipeline.providers.imported.text import bad_transcript

_SURE: Final = 0.97
_MOST: Final = 0.5
_IMAGE: Final = re.compile(r"\S{1,400}\.(?:jpe?g|png|webp|gif)(?:#xywh=\S{1,60})?", re.IGNORECASE)
"""A picture for the time line of a player."""


def _value(cue: Cue) -> dict[str, Any] | None:
    """The object in a cue; ``None`` if it has none."""
    text = "\n".join(cue.rows).strip()
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return plain_keys(found) if isinstance(found, dict) else None


def _score(source: Source) -> float:
    if not source.is_text or not source.timed.file.header or source.timed.too_large:
        return 0.0
    cues = [cue for cue in source.timed.file.cues if cue.rows]
    data = sum(_value(cue) is not None or _IMAGE.fullmatch(cue.rows[0].strip()) is not None for cue in cues)
    return _SURE if data > _MOST * len(cues) else 0.0


def _read(source: Source) -> Export:
    lines = kept_lines(_line(cue) for cue in source.timed.file.cues)
    if not lines:
        raise bad_transcript("The cues of the file are data for a program, such as pictures, and no talk.")
    return Export("data-cues-vtt", lines, said=" ".join(line.text for line in lines))


def _line(cue: Cue) -> Line | None:
    value = _value(cue)
    if value is None:
        return None
    text = next((value[key] for key in TEXTS if isinstance(value.get(key), str)), None)
    speaker = next((name for key in SPEAKERS if (name := speaker_name(named(value.get(key)))) is not None), None)
    return line_of(speaker, cue.times.start_ms, cue.times.end_ms, text)


FORMAT: Final = ExportFormat("data-cues-vtt", "WebVTT with data", _score, _read, timed=True)

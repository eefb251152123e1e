"""Rev: ``{"monologues": [{"speaker": 0, "elements": [{"type": "text", "value": "Good", "ts": 0.5, "end_ts": 0.8}, ...]}]}``.

Times are in seconds. Blanks and punctuation are separate elements. Must not go here: Rev's text (``rev_txt.py``).
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
)
from meeting_pipeline.providers.imported.lines import Export, Line


def _fits(value: Any) -> bool:
    return has_keys(objects(value, "monologues"), "elements")


def _names(value: Any) -> dict[Any, str]:
    """Speakers by their number, where the file names them."""
    found = {str(one.get("id")): one.get("name") for one in objects(value, "speakers")}
    return {number: name for number, name in found.items() if isinstance(name, str) and name.strip()}


def _read(value: Any) -> Export:
    lines: list[Line | None] = []
    names = _names(value)
    for monologue in objects(value, "monologues"):
        elements = objects(monologue, "elements")
        text = "".join(one["value"] for one in elements if isinstance(one.get("value"), str))
        starts = [at for one in elements if (at := ms_of(one.get("ts"))) is not None]
        ends = [at for one in elements if (at := ms_of(one.get("end_ts"))) is not None]
        label = monologue.get("speaker")
        speaker = speaker_name(names.get(str(label))) or speaker_name(label)
        lines.append(line_of(speaker, min(starts, default=None), max(ends, default=None), text))
    kept = kept_lines(lines)
    return Export("rev-json", kept, said=" ".join(line.text for line in kept), whole=True)


FORMAT: Final = json_format("rev-json", "Rev, JSON", _fits, _read)

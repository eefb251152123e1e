r"""Advanced SubStation (ASS, SSA): ``Dialogue: 0,0:00:01.00,0:00:03.00,Default,Ana,0,0,0,,Hello.`` below a row ``Format:``.

Must not go here: ``{\an8}`` in SRT (``cues/payload.py``).
"""

import re
from collections.abc import Mapping
from typing import Final

from meeting_pipeline.providers.imported.clock_times import parse_clock
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.json_exports import kept_lines, line_of
from meeting_pipeline.providers.imported.lines import Export, Line
from meeting_pipeline.providers.imported.names import shown_name

_SURE: Final = 0.95
_TAGS: Final = re.compile(r"\{[^{}]{0,400}+\}")
_BREAKS: Final = re.compile(r"\\[Nnh]")
_USUAL: Final = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
"""The columns if the file does not list them."""


def _score(source: Source) -> float:
    if not source.is_text or not source.rows or not source.rows[0].text.startswith("[Script Info]"):
        return 0.0
    return _SURE if any(row.text == "[Events]" for row in source.rows) else 0.0


def _read(source: Source) -> Export:
    columns: tuple[str, ...] = _USUAL
    lines: list[Line | None] = []
    events = False
    for row in source.rows:
        kind, _, rest = row.text.partition(":")
        if row.text.startswith("[") and row.text.endswith("]"):
            events = row.text == "[Events]"
        elif events and kind == "Format":
            columns = tuple(cell.strip().casefold() for cell in rest.split(","))
        elif events and kind == "Dialogue":
            cells = rest.strip().split(",", len(columns) - 1)
            lines.append(_line(dict(zip(columns, cells, strict=False))))
    kept = kept_lines(lines)
    return Export("ass", kept, said=" ".join(line.text for line in kept))


def _line(cells: Mapping[str, str]) -> Line | None:
    text = _BREAKS.sub(" ", _TAGS.sub("", cells.get("text", "")))
    return line_of(
        shown_name(cells.get("name") or cells.get("actor")), _ms(cells.get("start")), _ms(cells.get("end")), text
    )


def _ms(text: str | None) -> int | None:
    clock = parse_clock(text) if text else None
    return None if clock is None else clock.ms(hours_first=False)


FORMAT: Final = ExportFormat("ass", "SubStation captions", _score, _read)

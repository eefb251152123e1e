"""Columns with commas and a heading: ``start,end,text`` by whisper.cpp, ``Speaker Name,Start Time,End Time,Text`` by Premiere.

Must not go here: columns with tabs (``whisper_tsv.py``).
"""

import csv
import io
from collections.abc import Mapping
from itertools import islice
from typing import Final

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.clock_times import parse_clock
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.json_exports import kept_lines, line_of, ms_of, speaker_name
from meeting_pipeline.providers.imported.lines import Export, Line
from meeting_pipeline.providers.imported.text import too_many_lines

_SURE: Final = 0.95
_TEXTS: Final = ("text", "transcript", "sentence", "content", "words")
_STARTS: Final = ("start", "start time", "start_time", "starttime", "begin", "timestamp", "time")
_ENDS: Final = ("end", "end time", "end_time", "endtime")
_SPEAKERS: Final = ("speaker", "speaker name", "speaker_name", "name")
_LONGEST_HEADING: Final = 200
"""Characters of the first row that are read as names of columns."""


def _columns(source: Source) -> dict[str, int]:
    """What is in which column, by the first row; empty if that is not a heading of a transcript."""
    if not source.is_text or not source.rows or not source.rows[0].is_short or "," not in source.rows[0].head:
        return {}
    heading = next(csv.reader([source.rows[0].head[:_LONGEST_HEADING]]), [])
    cells = [cell.strip().casefold() for cell in heading]
    found = {
        what: cells.index(name)
        for what, names in (("text", _TEXTS), ("start", _STARTS), ("end", _ENDS), ("speaker", _SPEAKERS))
        if (name := next((name for name in names if name in cells), None)) is not None
    }
    return found if {"text", "start"} <= found.keys() else {}


def _read(source: Source) -> Export:
    columns = _columns(source)
    table = csv.reader(io.StringIO(source.text.lstrip()))
    try:
        rows = list(islice(table, policies.MAX_TRANSCRIPT_LINES + 2))[1:]
    except csv.Error:  # a cell that is longer than any transcript's
        rows = [[row.text] for row in source.rows[1:]]
    if len(rows) > policies.MAX_TRANSCRIPT_LINES:
        raise too_many_lines()
    cells = [{what: row[place] for what, place in columns.items() if place < len(row)} for row in rows]
    seconds = any("." in cell.get("start", "") for cell in cells)
    lines = [_line(cell, row, 1000 if seconds else 1) for cell, row in zip(cells, rows, strict=True)]
    kept = kept_lines(lines)
    return Export("columns-csv", kept, said=" ".join(line.text for line in kept), whole=True)


def _line(cells: Mapping[str, str], row: list[str], unit_ms: int) -> Line | None:
    start = _ms(cells.get("start", ""), unit_ms)
    text = cells.get("text") if start is not None else " ".join(row)
    return line_of(speaker_name(cells.get("speaker")), start, _ms(cells.get("end", ""), unit_ms), text)


def _ms(text: str, unit_ms: int) -> int | None:
    clock = parse_clock(text) if ":" in text or ";" in text else None
    return ms_of(text, unit_ms=unit_ms) if clock is None else clock.ms(hours_first=False)


FORMAT: Final = ExportFormat(
    "columns-csv", "Comma-separated columns", score=lambda source: _SURE if _columns(source) else 0.0, read=_read
)

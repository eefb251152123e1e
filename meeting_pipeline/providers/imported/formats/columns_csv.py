"""Columns with a heading: ``start,end,text`` by whisper.cpp, ``Speaker Name,Start Time,End Time,Text`` by Premiere.

They are separated by commas, semicolons (where a comma is the decimal point) or tabs.
Must not go here: Whisper's own columns with tabs (``whisper_tsv.py``).
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.clock_times import TIME
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.json_exports import kept_lines, line_of, speaker_name
from meeting_pipeline.providers.imported.json_times import has_point, in_ms, is_date, raw_time, says_unit, unit_ms
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import too_many_lines

_SURE: Final = 0.91
_TEXTS: Final = (
    "text",
    "transcript",
    "sentence",
    "content",
    "words",
    "utterance",
    "caption",
    "dialogue",
    "transcription",
)
_STARTS: Final = (
    "start", "start time", "start_time", "starttime", "start (s)", "start_ms", "start timecode", "in", "begin", "timestamp",
    "time", "timespan", "timecode",
)  # fmt: skip
_ENDS: Final = ("end", "end time", "end_time", "endtime", "end (s)", "end_ms", "end timecode", "out", "stop")
_SPEAKERS: Final = (
    "speaker",
    "speaker name",
    "speaker_name",
    "speakers",
    "speaker label",
    "participant",
    "name",
    "who",
)
_LONGEST_HEADING: Final = 200
"""Characters of the first row that are read as names of columns."""
_SEPARATORS: Final = (",", ";", "\t")
_RANGE: Final = re.compile(rf"(?P<at>{TIME})\s{{0,3}}(?:-|\N{{EN DASH}}|-->|to)\s{{0,3}}(?P<to>{TIME})")
_DECIMAL_COMMA: Final = re.compile(r"(?<=\d),(?=\d{1,6}$)")


def _columns(source: Source) -> tuple[str, dict[str, int]]:
    """The separator, and what is in which column, by the first row; empty if that is no heading of a transcript."""
    if not source.is_text or not source.rows or not source.rows[0].is_short:
        return "", {}
    for separator in _SEPARATORS:
        if separator not in source.rows[0].head:
            continue
        heading = next(csv.reader([source.rows[0].head[:_LONGEST_HEADING]], delimiter=separator), [])
        cells = [cell.strip().casefold() for cell in heading]
        found = {
            what: cells.index(name)
            for what, names in (("text", _TEXTS), ("start", _STARTS), ("end", _ENDS), ("speaker", _SPEAKERS))
            if (name := next((name for name in names if name in cells), None)) is not None
        }
        if {"text", "start"} <= found.keys() or {"text", "speaker"} <= found.keys():
            return separator, found
    return "", {}


def _read(source: Source) -> Export:
    separator, columns = _columns(source)
    table = csv.reader(io.StringIO(source.text.lstrip()), delimiter=separator)
    try:
        rows = list(islice(table, policies.MAX_TRANSCRIPT_LINES + 2))
    except csv.Error:  # a cell that is longer than any transcript's
        rows = [[row.text] for row in source.rows]
    heading_cells, rows = rows[0], rows[1:]
    if len(rows) > policies.MAX_TRANSCRIPT_LINES:
        raise too_many_lines()
    cells = [_cells(row, columns, separator) for row in rows]
    heading = source.rows[0].head.casefold()
    key = "ms" if "_ms" in heading or "(ms)" in heading else ""
    starts, ends = [raw_time(cell.get("start")) for cell in cells], [raw_time(cell.get("end")) for cell in cells]
    pointed = any(has_point(cell.get(what)) for cell in cells for what in ("start", "end"))
    sizes = [len(cell.get("text", "").split()) for cell in cells]
    unit = 1000 if pointed and not key else unit_ms(key, starts, ends, sizes, pointed=pointed)
    dates = [at for cell, at in zip(cells, starts, strict=True) if at is not None and is_date(cell.get("start"))]
    first = min(dates, default=0.0)
    lines = []
    for cell, row in zip(cells, rows, strict=True):
        start, end = _ms(cell.get("start"), unit, first), _ms(cell.get("end"), unit, first)
        aligned = start is not None or "start" not in columns or len(row) == len(heading_cells)
        text = cell.get("text") if aligned else " ".join(row)
        lines.append(line_of(speaker_name(cell.get("speaker")), start, end, text))
    kept = kept_lines(lines)
    return Export("columns-csv", kept, said=" ".join(line.text for line in kept), whole=True)


def _cells(row: Sequence[str], columns: Mapping[str, int], separator: str) -> dict[str, str]:
    found = {what: row[place].strip() for what, place in columns.items() if place < len(row)}
    span = _RANGE.fullmatch(found.get("start", ""))
    if span is not None:
        found |= {"start": span["at"], "end": span["to"]}
    if separator == ";":
        found |= {what: _DECIMAL_COMMA.sub(".", found[what]) for what in ("start", "end") if what in found}
    return found


def _ms(text: str | None, unit: float, first: float) -> int | None:
    """A time in milliseconds. ``first``: the earliest date in the file, from which dates count."""
    at = raw_time(text) if text else None
    if at is None or not text:
        return None
    return in_ms(at - first if is_date(text) else at, 1000 if says_unit(text, "") else unit)


FORMAT: Final = ExportFormat(
    "columns-csv", "Columns with a heading", score=lambda source: _SURE if _columns(source)[1] else 0.0, read=_read
)

"""Columns with a heading: ``start,end,text`` by whisper.cpp, ``Speaker Name,Start Time,End Time,Text`` by Premiere.

They are separated by commas, semicolons (where a comma is the decimal point) or tabs.
Must not go here: Whisper's own columns with tabs (``whisper_tsv.py``).
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, Literal

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.clock_times import TIME
from meeting_pipeline.providers.imported.column_names import ENDS, SPEAKERS, STARTS, TEXTS
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.json_exports import kept_lines, line_of, speaker_name
from meeting_pipeline.providers.imported.json_times import has_point, in_ms, is_date, raw_time, says_unit, unit_ms
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import too_many_lines
from meeting_pipeline.providers.imported.text_rows import Row

_SURE: Final = 0.91
_LONGEST_HEADING: Final = 200
"""Characters of the first row that are read as names of columns."""
_SEPARATORS: Final = (",", ";", "\t", "|")
_DECLARED: Final = re.compile(r"sep=(?P<by>.)", re.IGNORECASE)
"""What spreadsheets write into the first row."""
_RANGE: Final = re.compile(rf"(?P<at>{TIME})\s{{0,3}}(?:-|\N{{EN DASH}}|-->|to)\s{{0,3}}(?P<to>{TIME})")
_UNIT: Final = re.compile(r"\s{0,3}[(\[][^()\[\]]{1,20}[)\]]$")
"""What stands behind the name of a column: ``Start (hh:mm:ss)``."""
_DECIMAL_COMMA: Final = re.compile(r"(?<=\d),(?=\d{1,6}$)")


def _columns(source: Source) -> tuple[str, dict[str, int]]:
    """The separator, and what is in which column, by the first row; empty if that is no heading of a transcript."""
    row = _heading(source) if source.is_text else None
    if row is None or not row.is_short:
        return "", {}
    for separator in _SEPARATORS:
        if separator not in row.head or row.head.startswith("|"):  # a table of Markdown
            continue
        heading = next(csv.reader([row.head[:_LONGEST_HEADING]], delimiter=separator), [])
        cells = [_UNIT.sub("", cell.strip().casefold()) for cell in heading]
        found = {
            what: cells.index(name)
            for what, names in (("text", TEXTS), ("start", STARTS), ("end", ENDS), ("speaker", SPEAKERS))
            if (name := next((name for name in names if name in cells), None)) is not None
        }
        if {"text", "start"} <= found.keys() or {"text", "speaker"} <= found.keys():
            return separator, found
    return "", {}


def _heading(source: Source) -> Row | None:
    """The first row that does not declare the separator."""
    return next((row for row in source.rows[:2] if not _DECLARED.fullmatch(row.head)), None)


def _read(source: Source) -> Export:
    separator, columns = _columns(source)
    text = source.text.lstrip()
    if _DECLARED.fullmatch(text.partition("\n")[0].strip()):
        text = text.partition("\n")[2]
    table = csv.reader(io.StringIO(text), delimiter=separator, quoting=_quoting(text, separator))
    try:
        rows = list(islice(table, policies.MAX_TRANSCRIPT_LINES + 2))
    except csv.Error:  # a cell that is longer than any transcript's
        rows = [[row.text] for row in source.rows]
    heading_cells, rows = rows[0], rows[1:]
    if len(rows) > policies.MAX_TRANSCRIPT_LINES:
        raise too_many_lines()
    rows = [_without_cut_words(row, len(heading_cells), columns["text"], separator) for row in rows]
    rows = _with_rows_that_go_on(rows, len(heading_cells), columns)
    cells = [_cells(row, columns, separator) for row in rows]
    first_row = _heading(source)
    heading = first_row.head.casefold() if first_row else ""
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
        spoken = cell.get("text") if aligned else " ".join(row)
        lines.append(line_of(speaker_name(cell.get("speaker")), start, end, spoken))
    kept = kept_lines(lines)
    return Export("columns-csv", kept, said=" ".join(line.text for line in kept), whole=True)


def _quoting(text: str, separator: str) -> Literal[0, 3]:
    """Cells with tabs between them are rarely quoted; a quote that no other one closes would join all rows below it."""
    cells = (cell for row in text.split("\n") for cell in row.split(separator)) if separator == "\t" else ()
    return csv.QUOTE_NONE if any(cell.count('"') % 2 for cell in cells) else csv.QUOTE_MINIMAL


def _with_rows_that_go_on(rows: Sequence[list[str]], width: int, columns: Mapping[str, int]) -> list[list[str]]:
    """Rows of one cell belong to the words of the row above, if those are its last cell: nobody quoted the end of the row."""
    kept: list[list[str]] = []
    said: dict[int, list[str]] = {}
    for row in rows:
        goes_on = len(row) == 1 and width > 1 and kept and columns["text"] == width - 1 == len(kept[-1]) - 1
        if goes_on and row[0].strip():
            said.setdefault(len(kept) - 1, []).append(row[0].strip())
        elif row:
            kept.append(row)
    for place, more in said.items():
        kept[place] = [*kept[place][:-1], " ".join([kept[place][-1], *more])]
    return kept


def _without_cut_words(row: list[str], width: int, text: int, separator: str) -> list[str]:
    """The row with as many cells as the heading: words with a comma that nobody quoted were cut."""
    extra = len(row) - width
    if extra <= 0 or not any(cell.strip() for cell in row[width:]):
        return row
    return [*row[:text], separator.join(row[text : text + extra + 1]), *row[text + extra + 1 :]]


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

"""Whisper, TSV: columns ``start``, ``end`` (milliseconds) and ``text``, perhaps ``speaker``; also Audacity's labels, in seconds.

Must not go here: text with tabs for other reasons.
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.json_exports import kept_lines, line_of, ms_of, speaker_name
from meeting_pipeline.providers.imported.json_times import has_point, raw_time, unit_ms
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text_rows import Row

_NAMES: Final = frozenset({"start", "end", "text"})
_SURE: Final = 0.95
_LABELS: Final = ("start", "end", "text")


def _columns(rows: Sequence[Row]) -> tuple[str, ...] | None:
    """The columns by the first row; Audacity writes none."""
    if not rows:
        return None
    first = tuple(cell.strip().casefold() for cell in rows[0].head.split("\t"))
    if set(first) >= _NAMES:
        numbers = [dict(zip(first, row.text.split("\t"), strict=False)) for row in rows[1:4]]
        return first if all(ms_of(cells.get("start")) is not None for cells in numbers) else None
    return _LABELS if len(rows) > 1 and all(_is_label(row) for row in rows) else None


def _is_label(row: Row) -> bool:
    cells = row.text.split("\t", 2)
    return len(cells) == 3 and ms_of(cells[0]) is not None and ms_of(cells[1]) is not None


def _read(source: Source) -> Export:
    columns = _columns(source.rows) or _LABELS
    headed = not _is_label(source.rows[0])
    body = source.rows[1:] if headed else source.rows
    found_times = [dict(zip(columns, row.text.split("\t", len(columns) - 1), strict=False)) for row in body]
    pointed = any(has_point(cells.get(key)) for cells in found_times for key in ("start", "end"))
    unit = (
        1000
        if pointed
        else unit_ms(
            "",
            [raw_time(cells.get("start")) for cells in found_times],
            [raw_time(cells.get("end")) for cells in found_times],
            [len(cells.get("text", "").split()) for cells in found_times],
            pointed=False,
        )
    )
    lines = []
    speaker: str | None = None
    for row in body:
        cells = row.text.split("\t", len(columns) - 1)
        found = dict(zip(columns, cells, strict=False))
        speaker = speaker_name(found.get("speaker")) if "speaker" in columns else None
        start, end = ms_of(found.get("start"), unit_ms=unit), ms_of(found.get("end"), unit_ms=unit)
        text = found.get("text") if start is not None and len(cells) == len(columns) else row.text
        lines.append(line_of(speaker, start, end, text))
    numbers = tuple(cell for row in body for cell in row.head.split("\t", 2)[:2] if ms_of(cell) is not None)
    return Export("whisper-tsv", kept_lines(lines), structure=(*columns, *numbers) if headed else numbers, whole=True)


FORMAT: Final = ExportFormat(
    "whisper-tsv",
    "Whisper, TSV",
    score=lambda source: _SURE if source.is_text and _columns(source.rows) else 0.0,
    read=_read,
)

"""Tables whose columns have no known headings: ``00:03<tab>Ana Lopez<tab>Good morning.``, also as Markdown with bars.

Must not go here: columns with a known heading (``columns_csv.py``).
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from meeting_pipeline.providers.imported.clock_times import TIME, parse_clock
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.name_shapes import Likeness, clean_name, likeness
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.turns import read_turns

_SCORE: Final = 0.72
_NEARLY_ALL: Final = 0.9
_CLOCKS: Final = 0.6
"""Share of the cells that must be times: a short table has a heading."""
_BARS: Final = re.compile(r"\|.{1,100000}\|", re.DOTALL)
_RULE: Final = re.compile(r"\|(?:\s?:?-{2,40}:?\s?\|){1,20}")
_CLOCK: Final = re.compile(rf"[(\[]?(?P<at>{TIME})(?:\s?[-\N{{EN DASH}}]\s?{TIME})?[)\]]?")


def _cells(row: Row) -> list[str]:
    if row.text.startswith("|") and _BARS.fullmatch(row.text):
        return [cell.strip() for cell in row.text[1:-1].split("|")]
    return [cell.strip() for cell in row.text.split("\t")]


def _heads(rows: Sequence[Row]) -> list[Head]:
    """A head for each row of the table, with its words; empty if the text is no table with names and words."""
    table = {place: _cells(row) for place, row in enumerate(rows) if not _RULE.fullmatch(row.head)}
    width = Counter(len(cells) for cells in table.values()).most_common(1)[0][0] if table else 0
    full = {place: cells for place, cells in table.items() if len(cells) == width}
    if not 2 <= width <= 6 or len(full) < max(2, _NEARLY_ALL * len(table)):
        return []
    columns = [[cells[number] for cells in full.values()] for number in range(width)]
    clock = next((number for number, cells in enumerate(columns) if _share(cells, _is_clock) >= _CLOCKS), None)
    longest = max(range(width), key=lambda number: sum(map(len, columns[number])))
    name = _name_column(columns, clock, longest)
    if name is None or longest == clock:
        return []
    words = max(
        (number for number in range(width) if number not in (clock, name)),
        key=lambda number: (_share(columns[number], _is_number) < _CLOCKS, sum(map(len, columns[number]))),
        default=name,
    )
    first = min(full)
    heads = []
    for place, cells in full.items():
        found = _CLOCK.fullmatch(cells[clock]) if clock is not None else None
        if clock is not None and found is None:
            continue  # a heading
        at = parse_clock(found["at"]) if found else None
        if clock is None and place == first and cells[name].casefold() in ("speaker", "name"):
            continue
        heads.append(Head(place, clean_name(cells[name]), at, words=_said(cells, (clock, name), words)))
    return heads


def _name_column(columns: Sequence[Sequence[str]], clock: int | None, longest: int) -> int | None:
    """The column of names. It may have the most letters, where answers are short: then it is before them, and recurs."""
    fitting = [
        number for number, cells in enumerate(columns) if number != clock and _are_names(cells, timed=clock is not None)
    ]
    name = next((number for number in fitting if number != longest), None)
    if longest not in fitting or (name is not None and name < longest):
        return name
    count = len(set(columns[longest]))
    if name is not None:
        return longest if count <= len(set(columns[name])) else name
    answers = [cells for number, cells in enumerate(columns) if number > longest and number != clock]
    return longest if answers and count < len(columns[longest]) else None


def _said(cells: Sequence[str], taken: Sequence[int | None], words: int) -> str:
    """All other cells of a row: no word of a column that is not expected is lost. Numbers and times are words only in theirs."""
    return " ".join(
        cell for number, cell in enumerate(cells) if number not in taken and (number == words or not _is_number(cell))
    )


def _share(cells: Sequence[str], fits: Callable[[str], bool]) -> float:
    return sum(map(fits, cells)) / len(cells)


def _is_clock(cell: str) -> bool:
    return _CLOCK.fullmatch(cell) is not None


def _is_number(cell: str) -> bool:
    return cell.isdecimal() or _is_clock(cell)


def _are_names(cells: Sequence[str], *, timed: bool) -> bool:
    """Whether a column has names: they look like it, and come back, unless the rows have times."""
    names = [clean_name(cell) for cell in cells]
    known = [name for name in names if likeness(name) is not Likeness.NONE]
    return len(known) >= _NEARLY_ALL * len(names) - 1 and (timed or len(set(known)) < max(3, len(known)))


def _read(source: Source) -> Export:
    return read_turns("table-txt", source.rows, _heads(source.rows))


FORMAT: Final = ExportFormat(
    "table-txt",
    "Table with names",
    score=lambda source: _SCORE if source.is_plain_text and _heads(source.rows) else 0.0,
    read=_read,
)

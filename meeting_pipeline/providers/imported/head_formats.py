"""``headed_format``: an ``ExportFormat`` of files whose rows with names and times are judged by ``speaker_heads.py``.

Must not go here: the patterns of one program (``formats/``).
"""

import re
from collections.abc import Callable, Sequence

from meeting_pipeline.providers.imported.clock_times import parse_clock
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.name_shapes import clean_name
from meeting_pipeline.providers.imported.speaker_heads import Finder, Head, judged_heads
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.turns import read_turns

Match = Callable[[str], re.Match[str] | None]
FEW_HEADS = 0.7
"""A file with one head, or with two among hundreds of rows, may be something else: its score is this share of the format's."""
_ROWS_PER_HEAD = 40
"""Rows for each head above which a file has few heads: turns are shorter."""


def headed_format(
    name: str,
    title: str,
    finder: Finder,
    best: float,
    *,
    of_day: bool = False,
    suits: Callable[[Source], bool] = lambda _: True,
) -> ExportFormat:
    """A format with head rows. ``best``: its score for a file that fits well. ``of_day``: its times are times of day.

    ``suits``: a further condition, for programs that share a layout.
    """

    def score(source: Source) -> float:
        if not source.is_plain_text or not suits(source):
            return 0.0
        return fit(source.rows, judged_heads(source.rows, finder), best)

    def read(source: Source) -> Export:
        return read_turns(name, source.rows, judged_heads(source.rows, finder), of_day=of_day)

    return ExportFormat(name, title, score, read)


def fit(rows: Sequence[Row], heads: Sequence[Head], best: float) -> float:
    """How well a format fits a file with these heads."""
    if not heads:
        return 0.0
    few = len(heads) * _ROWS_PER_HEAD < len(rows) or len(heads) == 1
    return best * FEW_HEADS if few else best


def head_from(
    found: re.Match[str] | None, row: int, *, layout: str = "", sure: bool = False, words: str = "", size: int = 1
) -> Head | None:
    """The head that a pattern with the groups ``name``, ``at`` and perhaps ``to`` found; ``None`` for impossible times."""
    if found is None:
        return None
    groups = found.groupdict()
    clock = parse_clock(groups["at"]) if groups.get("at") else None
    if clock is None and groups.get("at"):
        return None
    end = parse_clock(groups["to"]) if groups.get("to") else None
    name = clean_name(groups["name"]) if groups.get("name") else None
    if name == "" or (groups.get("at") and clock is None):
        return None
    return Head(row, name, clock, end, words, layout, sure, size)

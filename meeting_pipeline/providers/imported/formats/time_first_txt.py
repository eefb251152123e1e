"""The time before the name, above the words: ``00:03 Ana Lopez``, ``[00:03] Ana Lopez:``, ``00:03 - Ana Lopez``.

Happy Scribe, Trint, tl;dv and others write it.

Must not go here: a time before the words themselves (``stamped_txt.py``).
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.clock_times import TIME
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.head_formats import fit, head_from
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.name_shapes import Likeness, likeness
from meeting_pipeline.providers.imported.speaker_heads import Head, judged_heads
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.turns import read_turns

_HALVES_OF_THE_DAY: Final = ("am", "pm")
_HEAD: Final = re.compile(
    rf"(?P<open>[(\[]?)(?P<at>{TIME})(?:\s?(?:-|\N{{EN DASH}}|\N{{EM DASH}}|-->|to)\s?(?P<to>{TIME}))?[)\]]?\s{{0,20}}+"
    r"(?P<between>[-\N{EN DASH}\N{EM DASH}|·,]?)\s{0,20}+(?P<name>[^\s:].{0,79}?)\s?:?"
)


def _head(rows: Sequence[Row], place: int) -> Head | None:
    row = rows[place]
    found = _HEAD.fullmatch(row.head) if row.has_time and row.is_short else None
    head = head_from(found, place, layout=found["open"] + found["between"]) if found else None
    if head is None or (head.name or "").casefold().replace(".", "") in _HALVES_OF_THE_DAY:
        return None
    return head if likeness(head.name or "") is not Likeness.NONE else None


def _score(source: Source) -> float:
    """Rows with a time and a few words have the same shape. Here names come back, and words follow in their own rows."""
    if not source.is_plain_text:
        return 0.0
    heads = judged_heads(source.rows, _head)
    if not heads:
        return 0.0
    starts = {head.row for head in heads}
    followed = sum(head.row + 1 not in starts and head.row + 1 < len(source.rows) for head in heads)
    counts = Counter(head.name for head in heads)
    names_last = all(likeness(name or "") is Likeness.STRONG for name in counts)
    again = len(heads) > len(counts) or (names_last and followed == len(heads))
    return fit(source.rows, heads, 0.66) if again and followed * 4 >= len(heads) * 3 else 0.0


def _read(source: Source) -> Export:
    return read_turns("time-first-txt", source.rows, judged_heads(source.rows, _head))


FORMAT: Final = ExportFormat("time-first-txt", "Text with the time before the name", _score, _read)

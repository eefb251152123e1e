"""Rows with a time before the words, such as ``[00:03] Ana: Good morning``.

Judged by the whole file: "10:30 works for me" is talk unless most rows begin with a time. Must not go here: rows with only a
time (``formats/time_rows_txt.py``), names before a time (``speaker_heads.py``).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.name_shapes import Likeness, clean_name, likeness
from meeting_pipeline.providers.imported.prefixes import dashed_names, judged_prefixes
from meeting_pipeline.providers.imported.speaker_heads import Finder, Head, found_heads, out_of_order
from meeting_pipeline.providers.imported.text_rows import Row

_BARE_SHARE: Final = 0.5
"""Share of the rows that must begin with a time, if it has no brackets ..."""
_BRACKET_SHARE: Final = 0.1
"""... or has: long turns are wrapped into many rows."""


def judged_stamps(rows: Sequence[Row], finder: Finder) -> list[Head]:
    """The stamped rows of a file as heads without names; the other rows belong to the row before them."""
    found = found_heads(rows, finder)
    if not found:
        return []
    layouts = Counter(head.layout for head in found)
    main = max(layouts, key=lambda layout: layouts[layout])
    kept = [head for head in found if head.layout == main]
    odd = out_of_order(kept)
    kept = [head for place, head in enumerate(kept) if head.sure or place not in odd]
    if not kept:
        return []
    share = len(kept) / (len(rows) - kept[0].row)
    enough = share >= _BRACKET_SHARE if kept[0].sure else share > _BARE_SHARE and not _is_agenda(rows, kept)
    return kept if enough and (len(kept) > 1 or kept[0].sure) and kept[0].row <= max(10, len(kept)) else []


def _is_agenda(rows: Sequence[Row], stamps: Sequence[Head]) -> bool:
    """Whether the talk begins after the last time, with names that none of the rows with times has."""
    after = [row.text for row in rows[stamps[-1].row + 1 :]]
    return len(judged_prefixes(after)) > 1 and not judged_prefixes([head.words for head in stamps])


def with_names(rows: Sequence[Row], stamps: Sequence[Head]) -> list[Head]:
    """Give the stamps their speakers: ``Name: words``, or ``Name:`` in a row above. Without a name, the speaker continues."""
    said = [head.words for head in stamps]
    prefixes = judged_prefixes(said) or dashed_names(said)
    above = _rows_of_names(rows, stamps)
    named: list[Head] = []
    speaker: str | None = None
    for place, head in enumerate(stamps):
        prefix = prefixes.get(place)
        if head.row in above:
            speaker = above[head.row]
        elif prefix is not None:
            speaker = prefix.name
        named.append(replace(head, name=speaker, words=head.words if prefix is None else prefix.words))
    if not above:
        return named
    return [replace(head, row=head.row - 1, size=2) if head.row in above else head for head in named]


def _rows_of_names(rows: Sequence[Row], stamps: Sequence[Head]) -> dict[int, str]:
    """Rows ``Name:`` right above a stamp, by the row of the stamp; none unless each name is likely or comes back."""
    own = {head.row for head in stamps}
    found = {
        head.row: clean_name(rows[head.row - 1].text.rstrip(":\uff1a"))
        for head in stamps
        if head.row > 0 and head.row - 1 not in own and rows[head.row - 1].text.endswith((":", "\uff1a"))
    }
    counts = Counter(found.values())
    believed = all(likeness(name) is Likeness.STRONG or count > 1 for name, count in counts.items())
    return found if believed else {}

"""Times in their own rows, and the words below.

Transcripts copied from YouTube or Loom look like this, and so does Premiere's text, with a speaker between the two.

Must not go here: names in the row of the time, Meet's clock rows (``meet_txt.py``).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.clock_times import DROP_FRAME, TIME
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.head_formats import fit, head_from
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.name_shapes import Likeness, clean_name, likeness
from meeting_pipeline.providers.imported.prefixes import judged_prefixes
from meeting_pipeline.providers.imported.speaker_heads import Head, found_heads, out_of_order
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.turns import read_turns

_AT: Final = rf"(?:{TIME}|{DROP_FRAME})"
_TIME_ROW: Final = re.compile(
    rf"[\[(]?(?P<at>{_AT})(?:(?:\s{{0,3}}(?:-|\N{{EN DASH}}|to|,)\s{{0,3}}|\s{{1,3}})(?P<to>{_AT}))?[\])]?"
)
_SHAPE_FITS: Final = 0.5
_NAMED_SHARE: Final = 0.9
"""Share of the times that a name row follows, if names do."""
_WORDED: Final = re.compile(r"\d{1,3} (?:hours?|minutes?|seconds?)(?:,? (?:and )?\d{1,3} (?:minutes?|seconds?)){0,2}")
"""YouTube repeats the time in words for screen readers."""


def _time(rows: Sequence[Row], place: int) -> Head | None:
    row = rows[place]
    head = head_from(_TIME_ROW.fullmatch(row.head), place) if row.has_time and row.is_short else None
    if head is not None and place + 1 < len(rows) and _WORDED.fullmatch(rows[place + 1].head):
        return replace(head, size=2)
    return head


def _times(rows: Sequence[Row]) -> list[Head]:
    """The time rows, without those that are an answer in the talk."""
    found = found_heads(rows, _time)
    odd = out_of_order(found)
    kept = [head for place, head in enumerate(found) if place not in odd]
    return kept if len(kept) > 1 and kept[0].row <= max(10, len(kept)) else []


def _with_names(rows: Sequence[Row], times: Sequence[Head]) -> list[Head]:
    ends = [*(head.row for head in times[1:]), len(rows)]
    below = {
        place: clean_name(rows[head.row + head.size].text)
        for place, (head, end) in enumerate(zip(times, ends, strict=True))
        if end - head.row - head.size >= 2
    }
    counts = Counter(below.values())
    likely = all(likeness(name) is Likeness.STRONG or count > 1 for name, count in counts.items())
    if len(below) >= _NAMED_SHARE * len(times) and likely and (len(counts) < len(below) or len(below) == len(times)):
        return [
            replace(head, name=below[place], size=head.size + 1) if place in below else head
            for place, head in enumerate(times)
        ]
    bodies = [
        rows[head.row + head.size].text if head.row + head.size < end else ""
        for head, end in zip(times, ends, strict=True)
    ]
    prefixes = judged_prefixes(bodies)
    if not prefixes:
        return list(times)
    speaker: str | None = None
    named = []
    for place, head in enumerate(times):
        prefix = prefixes.get(place)
        if prefix is None:
            named.append(replace(head, name=speaker))
        else:
            speaker = prefix.name
            named.append(replace(head, name=speaker, words=prefix.words, size=head.size + 1))
    return named


def _score(source: Source) -> float:
    return fit(source.rows, _times(source.rows), _SHAPE_FITS) if source.is_plain_text else 0.0


def _read(source: Source) -> Export:
    return read_turns("time-rows-txt", source.rows, _with_names(source.rows, _times(source.rows)))


FORMAT: Final = ExportFormat("time-rows-txt", "Text with times in separate rows", _score, _read)

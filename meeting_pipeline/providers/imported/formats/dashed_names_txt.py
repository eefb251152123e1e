"""Names with a dash behind them and without times, ``Ana Lopez - Good morning.``, or ``Q.`` and ``A.`` before what is said.

Lists have the same shape; here nearly all rows do, and two people come back.
Must not go here: names with a colon (``names_txt.py``), a time before the name (``stamped_txt.py``).
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat
from meeting_pipeline.providers.imported.name_shapes import Likeness, likeness
from meeting_pipeline.providers.imported.prefixes import Prefix, dashed_names, split_prefix
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.turns import read_turns

_SHAPE_FITS: Final = 0.32
_FEWEST_NAMES: Final = 2
_FEWEST_ROWS: Final = 4
_QUESTION: Final = re.compile(r"(?P<name>[QA])\.\s{1,20}+(?P<words>\S.*)", re.DOTALL)
_QUESTIONED: Final = 0.3
"""Share of the rows with a question or an answer: long ones are wrapped."""


def _heads(rows: Sequence[Row]) -> list[Head]:
    found = _questions(rows) or _dashed(rows)
    return [Head(place, prefix.name, None, words=prefix.words) for place, prefix in sorted(found.items())]


def _dashed(rows: Sequence[Row]) -> dict[int, Prefix]:
    found = dashed_names([row.text for row in rows])
    counts = Counter(prefix.name for prefix in found.values())
    back = [name for name, count in counts.items() if count > 1 and likeness(name) is Likeness.STRONG]
    return found if len(back) >= _FEWEST_NAMES and len(found) >= _FEWEST_ROWS else {}


def _questions(rows: Sequence[Row]) -> dict[int, Prefix]:
    """The questions and answers of a hearing, with the lawyers who speak between them."""
    matches = {place: match for place, row in enumerate(rows) if (match := _QUESTION.fullmatch(row.text))}
    counts = Counter(match["name"] for match in matches.values())
    if len(counts) < _FEWEST_NAMES or min(counts.values()) < _FEWEST_NAMES or min(matches) > _FEWEST_ROWS:
        return {}
    if len(matches) < _QUESTIONED * len(rows):
        return {}
    found = {place: Prefix(match["name"], match["words"]) for place, match in matches.items()}
    for place, row in enumerate(rows):
        prefix = split_prefix(row.text)
        if place not in found and prefix is not None and prefix.name.isupper():
            found[place] = prefix
    return found


FORMAT: Final = ExportFormat(
    "dashed-names-txt",
    "Text with names and dashes",
    score=lambda source: _SHAPE_FITS if source.is_plain_text and _heads(source.rows) else 0.0,
    read=lambda source: read_turns("txt", source.rows, _heads(source.rows)),
)

"""Names in rows of their own, without a colon and without times: ``Ana Lopez``, and what she says in the rows below.

People copy it from pages, and write it. Any short row may be talk, so names must come back, begin the talk, and never stand in
two rows in a row. Must not go here: ``Ana:`` (``names_txt.py``), names with times (``teams_txt.py``).
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat
from meeting_pipeline.providers.imported.name_shapes import Likeness, clean_name, likeness
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import SENTENCE_END, Row, is_sentence
from meeting_pipeline.providers.imported.transcript_heading import talk_begins
from meeting_pipeline.providers.imported.turns import read_turns

_SHAPE_FITS: Final = 0.3
_FEWEST_HEADS: Final = 4
_FEWEST_NAMES: Final = 2
"""So many people must speak twice."""
_LONGEST_HEADING: Final = 10
_LONGEST_NAME: Final = 40
_SPEECH: Final = 0.5
"""Share of the turns that must have a sentence, or several words: lists have neither."""
_SEVERAL_WORDS: Final = 4


def _candidate(row: Row) -> str | None:
    if len(row.text) > _LONGEST_NAME or not (row.text[-1].isalnum() or row.text[-1] in ")."):
        return None
    name = clean_name(row.text)
    return name if likeness(name) is Likeness.STRONG or (not name.isascii() and likeness(name)) else None


def _heads(rows: Sequence[Row]) -> list[Head]:
    begin = talk_begins(rows)
    found = {place: name for place, row in enumerate(rows[begin:], begin) if (name := _candidate(row)) is not None}
    counts = Counter(found.values())
    back = {name for name, count in counts.items() if count > 1}
    if len(back) < _FEWEST_NAMES:
        return []
    apart = all(rows[place].after_blank for place, name in found.items() if name in back)
    kept = {
        place: name
        for place, name in found.items()
        if name in back or (apart and rows[place].after_blank and " " in name and place - 1 not in found)
    }
    places = sorted(kept)
    if len(places) < _FEWEST_HEADS or any(after - before == 1 for before, after in pairwise(places)):
        return []
    first = places[0]
    above = rows[begin:first]
    if places[-1] == len(rows) - 1 or len(above) > _LONGEST_HEADING or any(is_sentence(row.text) for row in above):
        return []
    bodies = [[row.text for row in rows[at + 1 : end]] for at, end in pairwise([*places, len(rows)])]
    speech = sum(any(is_sentence(text) or len(text.split()) >= _SEVERAL_WORDS for text in body) for body in bodies)
    ended = sum(body[-1].endswith(SENTENCE_END) for body in bodies)
    if 2 * ended < len(bodies) and not all(" " in name for name in back):
        return []  # without full stops, "Okay" in a row of its own is talk
    changes = sum(kept[before] != kept[after] for before, after in pairwise(places))
    if speech < _SPEECH * len(bodies) or 2 * changes < len(places) - 1:
        return []
    return [Head(place, kept[place], None) for place in places]


FORMAT: Final = ExportFormat(
    "name-rows-txt",
    "Text with names in rows of their own",
    score=lambda source: _SHAPE_FITS if source.is_plain_text and _heads(source.rows) else 0.0,
    read=lambda source: read_turns("txt", source.rows, _heads(source.rows)),
)

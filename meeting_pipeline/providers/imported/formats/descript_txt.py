"""A name with a stamp, and the words in the same row.

Descript writes ``Ana: [00:00:03] Good morning.``, others ``Ana [00:03]: Good morning.``

Must not go here: the words in the next row (``rev_txt.py``), the stamp first (``stamped_txt.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.clock_times import TIME
from meeting_pipeline.providers.imported.clock_words import TWO_UNITS
from meeting_pipeline.providers.imported.head_formats import head_from, headed_format
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row

_AT: Final = rf"(?:{TIME}|{TWO_UNITS}|\d{{1,6}}\.\d{{1,3}}s)"
_RANGE: Final = rf"(?P<at>{_AT})(?:\s{{0,3}}(?:-->|->|-|\N{{EN DASH}}|to)\s{{0,3}}(?P<to>{_AT}))?"
_NAME: Final = r"\[?(?P<name>[^\s\[\]():\uff1a][^\[\]:\uff1a]{0,79}?)\]?\s{0,20}"
_HEADS: Final = (
    ("colon", re.compile(rf"{_NAME}[:\uff1a]\s{{0,20}}+[\[(]{_RANGE}[\])]\s{{1,200}}+(?=\S)")),
    ("stamp", re.compile(rf"{_NAME}[-,|]?\s?[\[(]{_RANGE}[\])]\s?[:\uff1a]\s{{0,200}}+(?=\S)")),
    ("tabs", re.compile(rf"{_NAME}[:\uff1a]\t\s{{0,9}}+{_RANGE}\t\s{{0,9}}+(?=\S)")),
    (  # Rev's text for machines
        "wide",
        re.compile(rf"(?P<name>[^\s\[\]():\uff1a][^\[\]:\uff1a]{{0,79}}?)\s{{2,20}}+(?P<at>{TIME})\s{{2,200}}+(?=\S)"),
    ),
    ("bare", re.compile(rf"{_NAME}(?:[-,|]\s?)?(?<=\s){_RANGE}\s?[:\uff1a]\s{{1,200}}+(?=\S)")),
    ("square", re.compile(rf"\[(?P<name>[^\[\]]{{1,80}}+)\]\s?\[{_RANGE}\]:?\s{{1,200}}+(?=\S)")),
    (
        "gap",
        re.compile(rf"(?P<name>[^\s\[\]():\uff1a][^\[\]:\uff1a]{{0,79}}?)\s{{1,20}}\[{_RANGE}\]\s{{1,200}}+(?=\S)"),
    ),
)


def _head(rows: Sequence[Row], place: int) -> Head | None:
    row = rows[place]
    if not row.has_time:
        return None
    for layout, pattern in _HEADS:
        found = pattern.match(row.head)
        if found is not None:
            return head_from(found, place, layout=layout, sure=layout != "bare", words=row.text[found.end() :])
    return None


FORMAT: Final = headed_format("descript-txt", "Descript, text", _head, 0.7)

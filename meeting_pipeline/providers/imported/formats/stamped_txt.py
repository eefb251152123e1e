"""Text whose rows begin with a time or a range: ``[00:00:03] Ana: Good morning.``, ``0:03 Hello.``, ``[00:03 - 00:05] ...``.

Descript, Loom, Tactiq and many others write it. Must not go here: Whisper's console (``whisper_console.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.clock_times import DATED, DOTTED, TIME, ZONE
from meeting_pipeline.providers.imported.clock_words import TWO_UNITS
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.head_formats import fit, head_from
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.stamps import judged_stamps, with_names
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.turns import read_turns

_BRACKETS: Final = {"[": "]", "(": ")", "<": ">"}
_SECONDS: Final = r"\d{1,6}[.,]\d{1,3}\s?s"
_TO: Final = r"\s{0,3}(?:-->|->|-|,|\N{EN DASH}|\N{EM DASH}|to)\s{0,3}"
_SPAN: Final = re.compile(
    rf"(?P<open>[\[(])(?P<at>\d{{1,6}}[.,]\d{{1,3}}){_TO}(?P<to>\d{{1,6}}[.,]\d{{1,3}})(?P<close>[\])])"
    r"(?P<day>)?(?P<between>:)?\s{1,200}+(?=\S)"
)
"""From and to in seconds, with the point or comma of the country."""
_STAMP: Final = re.compile(
    rf"(?P<open>[\[(<]?){DATED}(?P<at>{TIME}|{TWO_UNITS}|{DOTTED}|{_SECONDS}){ZONE}"
    rf"(?:{_TO}(?P<to>{TIME}|{_SECONDS}))?"
    r"(?P<close>[\])>]?)(?P<between>\s{0,3}[-,\N{EN DASH}\N{EM DASH}|:·](?=\s))?(?:\s{1,200}+(?=\S)|(?=[^\W\d_]))",
    re.IGNORECASE,
)
_SHAPE_FITS: Final = 0.55
_ONLY_DOTS: Final = re.compile(DOTTED)
_DOTTED: Final = "dotted"
_LONGEST_MEETING_MS: Final = 12 * 3_600_000
_FEWEST_SECONDS_APART: Final = 3
"""``12.10.25`` is a date or a time. The years in a file are next to each other, and its days are rarely in the order of times."""


def _stamp(rows: Sequence[Row], place: int) -> Head | None:
    row = rows[place]
    found = (_STAMP.match(row.head) or _SPAN.match(row.head)) if row.has_time else None
    if found is None or _BRACKETS.get(found["open"], "") != found["close"]:
        return None
    if found["day"] and found["open"] == "" and (found["between"] or "").strip() == "-":
        return None  # a chat of WhatsApp
    layout = found["open"] + (found["between"] or "").strip() + ("day" if found["day"] else "")
    if not found["open"] and not found["day"] and _ONLY_DOTS.fullmatch(found["at"]):
        layout += _DOTTED
    return head_from(
        found, place, layout=layout, sure=bool(found["open"] or found["day"]), words=row.text[found.end() :]
    )


def _stamps(rows: Sequence[Row]) -> list[Head]:
    stamps = judged_stamps(rows, _stamp)
    return stamps if not stamps or not stamps[0].layout.endswith(_DOTTED) or _within_a_meeting(stamps) else []


def _within_a_meeting(stamps: Sequence[Head]) -> bool:
    """Whether numbers with full stops are times of one meeting, and no dates."""
    clocks = [head.clock for head in stamps if head.clock is not None]
    times = [clock.ms(hours_first=True) for clock in clocks]
    seconds = [clock.third for clock in clocks]
    return (
        max(seconds) - min(seconds) >= _FEWEST_SECONDS_APART
        and times == sorted(times)
        and times[-1] - times[0] <= _LONGEST_MEETING_MS
    )


def _score(source: Source) -> float:
    return fit(source.rows, _stamps(source.rows), _SHAPE_FITS) if source.is_plain_text else 0.0


def _read(source: Source) -> Export:
    stamps = with_names(source.rows, _stamps(source.rows))
    dated = any(head.layout.endswith("day") for head in stamps)
    return read_turns("stamped-txt", source.rows, stamps, of_day=dated)


FORMAT: Final = ExportFormat("stamped-txt", "Text with a time in each row", _score, _read)

"""Google Meet, text: title, attendees, ``Transcript``, then ``Name: text`` with the time in its own row every five minutes.

A row ``Transcript`` alone does not make a file one of Meet's. Must not go here: Meet's DOCX (``meet_docx.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.providers.imported.clock_times import TIME, parse_clock
from meeting_pipeline.providers.imported.export_format import ExportFormat
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.prefixes import judged_prefixes
from meeting_pipeline.providers.imported.text_rows import Row
from meeting_pipeline.providers.imported.transcript_heading import talk_begins
from meeting_pipeline.providers.imported.turns import REMARKS, Turns, add_heading, is_title

_END: Final = re.compile(
    rf"(?:Meeting|Transcription|Recording) ended after (?P<at>{TIME}).{{0,200}}+"
    r"|[^:]{0,40}?(?<!\d)(?P<later>\d{1,2}:\d{2}:\d{2})[^:]{0,30}?\N{WAVING HAND SIGN}.{0,9}+"
    r"|[^:]{0,40}?(?:transcri|transkri|reuni|réuni|riunion|besprech|vergader|spotkani)[^:]{0,40}?"
    r"\s(?P<last>\d{1,2}:\d{2}:\d{2})[^:\d]{0,20}",
    re.IGNORECASE,
)
"""In other languages, the hand tells: ``Besprechung nach 00:06:01 beendet``."""
_ABOUT: Final = re.compile(r"[^:]{0,60}?(?:transcri|transkri)[^:]{0,200}", re.IGNORECASE)
"""In other languages, only the last row may say it, or a remark about the transcript is below: the same words may be talk."""
_CLOCK: Final = re.compile(rf"(?P<at>{TIME})")
_EVERY_MS: Final = 60_000
"""Meet's clock rows have a blank row above or below, or are full minutes; a time said in the meeting rarely is."""
_HEADINGS: Final = frozenset({"attendees", "transcript", "invited", "attachments"})


def read_meet(rows: Sequence[Row], kind: str = "meet-txt") -> Export:
    """Read the rows of a Meet export."""
    turns = Turns()
    begin = talk_begins(rows)
    add_heading(turns, rows[:begin], is_title)
    rows = rows[begin:]
    end = _end(rows, below=begin > 0)
    duration = _END.fullmatch(rows[end].text) if end < len(rows) else None
    clocks = _clocks(rows[:end])
    names = judged_prefixes(*_texts(rows[:end], clocks))
    places = [place for place in range(end) if place not in clocks]
    prefixes = {places[number]: prefix for number, prefix in names.items()}
    first = min(prefixes, default=0)
    add_heading(turns, [row for place, row in enumerate(rows[:first]) if place not in clocks])
    at_ms: int | None = max((clocks[place] for place in clocks if place < first), default=None)
    speaker: str | None = None
    said: list[str] = []
    begun_ms: int | None = None
    for place in range(first, end):
        if place in clocks:
            at_ms = clocks[place]
            continue
        prefix = prefixes.get(place)
        if prefix is not None:
            turns.say(speaker, begun_ms, None, said)
            turns.structure.append(prefix.name)
            speaker, said, begun_ms, at_ms = prefix.name, [prefix.words], at_ms, None
        else:
            said.append(rows[place].text)
    turns.say(speaker, begun_ms, None, said)
    for place in clocks:
        turns.structure.append(rows[place].text)
    for row in rows[end:]:
        turns.leave_out(REMARKS, row.text, counted=False)
    length = parse_clock(duration["at"] or duration["later"] or duration["last"]) if duration else None
    return turns.done(kind, length.ms(hours_first=False) if length else None)


def meet_score(rows: Sequence[Row]) -> float:
    """How well rows fit Meet's layout: its last row is sure, its headings and clock rows together are likely."""
    begin = talk_begins(rows)
    below, rows = begin > 0, rows[begin:]
    end = _end(rows, below=below)
    ended, rows = end < len(rows), rows[:end]
    clocks = _clocks(rows)
    headings = {row.text.strip(": ").casefold() for row in rows[: max(clocks, default=0) + 20]} & _HEADINGS
    in_order = list(clocks.values()) == sorted(clocks.values())
    headings |= {"attendees", "transcript"} if below and clocks else set()
    if not ended and not (clocks and in_order) and not {"attendees", "transcript"} <= headings:
        return 0.0
    names = judged_prefixes(*_texts(rows, clocks))
    if len(names) <= len(clocks):  # every turn with its own time: another layout
        return 0.9 if ended and names else 0.0
    return 0.95 if ended else 0.75 if headings else 0.6


def _end(rows: Sequence[Row], *, below: bool) -> int:
    """The place of the row that says how long the meeting was, or the number of rows. ``below``: a heading is above them."""
    found = (
        place for place, row in enumerate(rows) if row.is_short and (end := _END.fullmatch(row.text)) and end["at"]
    )
    place = next(found, None)
    if place is not None:
        return place
    last = len(rows) - 1
    if below and last > 1 and rows[last].is_short and _ABOUT.fullmatch(rows[last].text):
        above = _END.fullmatch(rows[last - 1].text) if rows[last - 1].is_short else None
        if (rows[last].after_blank or (above and above["later"])) and not _END.fullmatch(rows[last].text):
            last -= 1
    return last if below and last > 0 and _is_last(rows[: last + 1]) else len(rows)


def _is_last(rows: Sequence[Row]) -> bool:
    """Whether the last row says in another language how long the meeting was: after the last clock row."""
    found = _END.fullmatch(rows[-1].text) if rows[-1].is_short else None
    length = parse_clock(found["later"] or found["last"]) if found else None
    clocks = _clocks(rows[:-1])
    if found is None or length is None or length.ms(hours_first=False) < max(clocks.values(), default=0):
        return False
    return bool(clocks or found["later"])


def _texts(rows: Sequence[Row], clocks: dict[int, int]) -> tuple[list[str], list[bool]]:
    kept = [row for place, row in enumerate(rows) if place not in clocks]
    return [row.text for row in kept], [row.after_blank for row in kept]


def _clocks(rows: Sequence[Row]) -> dict[int, int]:
    """The times of the clock rows, by their place."""
    found = {}
    for place, row in enumerate(rows):
        at = _clock_ms(row)
        apart = row.after_blank or (place + 1 < len(rows) and rows[place + 1].after_blank)
        if at is not None and (apart or at % _EVERY_MS == 0):
            found[place] = at
    return found


def _clock_ms(row: Row) -> int | None:
    found = _CLOCK.fullmatch(row.head) if row.has_time and row.is_short else None
    clock = parse_clock(found["at"]) if found else None
    return None if clock is None or clock.numbers != 3 else clock.ms(hours_first=False)


FORMAT: Final = ExportFormat(
    "meet-txt",
    "Google Meet, text",
    score=lambda source: meet_score(source.rows) if source.is_plain_text else 0.0,
    read=lambda source: read_meet(source.rows),
)

"""Reads everything that was said in a few meetings, and what came out of them, as it is indexed.

From rows, not from records: those would be parsed and checked as a whole, which costs more than finding passages.
Must not go here: which meetings are read (``retrieving.py``), passages (``passage_building.py``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.questions.windows import MeetingLines
from meeting_pipeline.domain.search_lines import FIRST_CLAIM, Line, LineKind
from meeting_pipeline.store.search.numbers import WIDTH, lines_from, meeting_of, position_of
from meeting_pipeline.store.tables import Recording, SearchLine, SearchMeeting

_SAID: Final = text(
    'SELECT speaker, "index", start_ms, end_ms, text FROM segments WHERE recording_key = :key ORDER BY "index"'
)
"""Plain statements: there are thousands of rows, and mapping each costs as much as reading it."""
_OTHERS: Final = text(
    "SELECT number, kind, text, people, segment_id, start_ms, end_ms, status, withheld FROM search_lines "
    "WHERE number BETWEEN :low AND :high ORDER BY number"
)
"""One meeting at a time: SQLite reads the whole table for several ranges."""


@dataclass(frozen=True)
class ReadMeeting:
    """A meeting that was read. ``labels`` and ``ends`` (ms): of each segment of ``lines``."""

    number: int
    key: str
    title: str
    meeting_date: date
    has_media: bool
    labels: Sequence[str]
    ends: Sequence[int]
    lines: MeetingLines


def read_meetings(session: Session, numbers: Collection[int]) -> list[ReadMeeting]:
    """These meetings, the newest first, without those that have no transcript."""
    if not numbers:
        return []
    query = (
        select(SearchMeeting.number, Recording.key, Recording.title, Recording.meeting_date, Recording.media_file)
        .join(Recording, Recording.key == SearchMeeting.recording_key)
        .where(SearchMeeting.number.in_(sorted(numbers)))
    )
    meetings = sorted(session.execute(query).tuples().all(), reverse=True)
    said = _said(session, [key for _, key, *_ in meetings])
    first = {lines_from(number) + at: label for number, key, *_ in meetings for label, at in _first(said.get(key, []))}
    names = _names(session, first)
    found = []
    for number, key, title, day, media in meetings:
        segments = said.get(key)
        if segments:
            labels, ids, starts, ends, texts = zip(*segments, strict=True)
            people = [names.get((number, label), label) for label in labels]
            lines = MeetingLines(ids, texts, people, starts, _others(session, number))
            found.append(ReadMeeting(number, key, title, day, media is not None, labels, ends, lines))
    return found


def _said(session: Session, keys: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Recording -> its segments in order: label, index, start, end and text."""
    return {key: session.execute(_SAID, {"key": key}).tuples().all() for key in keys}


def _first(segments: Sequence[Any]) -> list[tuple[str, int]]:
    """The label of each speaker, and where it speaks first."""
    found: dict[str, int] = {}
    for label, index, *_ in segments:
        if label not in found:
            found[label] = index
    return list(found.items())


def _names(session: Session, first: Mapping[int, str]) -> dict[tuple[int, str], str]:
    """Meeting and label -> the name of the speaker. ``first``: a line of each and its label."""
    query = select(SearchLine.number, SearchLine.people).where(SearchLine.number.in_(sorted(first)))
    return {(meeting_of(number), first[number]): people for number, people in session.execute(query) if people}


def _others(session: Session, number: int) -> list[Line]:
    """The lines of a meeting that are not of the transcript."""
    low = lines_from(number)
    values = {"low": low + FIRST_CLAIM, "high": low + WIDTH - 1}
    return [
        Line(
            position_of(line), LineKind(kind), text or "", tuple(people.split("\n")) if people else (),
            segment_id, start_ms, end_ms, status, bool(withheld),
        )
        for line, kind, text, people, segment_id, start_ms, end_ms, status, withheld in session.execute(_OTHERS, values).tuples()
    ]  # fmt: skip

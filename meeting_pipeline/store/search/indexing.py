"""Keeps the index in step with the results, inside the transaction that changes them.

Only lines that differ are written: a new insight leaves the lines of the transcript alone. Must not go here: finding
(``finding.py``), which lines a record has (``domain/search_lines.py``).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Delete, Select, bindparam, delete, insert, select, text
from sqlalchemy.orm import Session

from meeting_pipeline.domain.languages import language_of
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.search_lines import Line, LineKind, lines_of
from meeting_pipeline.domain.search_queries import words_and_grams
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.people.appearing import note_names
from meeting_pipeline.store.people.voice_notes import note_voices
from meeting_pipeline.store.search.line_marks import folded_name, kind_mark, person_mark, status_mark, withheld_mark
from meeting_pipeline.store.search.numbers import WIDTH, day_after, first_of_day, lines_from
from meeting_pipeline.store.search.postgres import configuration_of
from meeting_pipeline.store.search.vector_notes import note_vectors
from meeting_pipeline.store.tables import Recording, SearchLine, SearchMeeting, SearchName, SearchPending
from meeting_pipeline.store.tables.base import TEXT

_WORDS_VERSION: Final = 2
"""Of the rules that split a text into words (``domain/search_queries.py``). Raise it when they change, with a migration that
notes all recordings in ``search_pending``, as 0043 does: then their lines are written again."""
_LOCK: Final = text("SELECT pg_advisory_xact_lock(7310002)")
"""Taken while a number is given to a new meeting. Whoever holds it takes no other lock than those it has."""
_INSERT_POSTGRES: Final = text(
    "INSERT INTO search_lines (number, digest, kind, text, people, segment_id, start_ms, end_ms, status, withheld, draft, "
    "words, marks) VALUES (:number, :digest, :kind, :text, :people, :segment_id, :start_ms, :end_ms, :status, :withheld, "
    ":draft, to_tsvector(CAST(:language AS regconfig), :words) || array_to_tsvector(string_to_array(:marks, ' ')), '')"
).bindparams(bindparam("text", type_=TEXT), bindparam("people", type_=TEXT))


def index_recording(session: Session, row: Recording, record: MeetingRecord) -> None:
    """Index a recording as its record is in this transaction, with its people. The caller holds the recording's row lock."""
    note_names(session, row, record)
    lines = lines_of(record, row.participants)
    language = configuration_of(language_of(record.transcript) if record.transcript is not None else row.language)
    meeting = _meeting(session, row)
    known = {}
    if meeting.language == language:
        low = lines_from(meeting.number)
        found = session.execute(_lines_between(), {"low": low, "high": low + WIDTH - 1})
        known = {row.number: row.digest for row in found}
    else:
        _delete_lines(session, meeting.number)
    _replace(session, meeting.number, language, lines, known)
    _replace_names(session, meeting.number, (name for line in lines for name in line.people))
    meeting.language, meeting.lines = language, len(lines)
    note_vectors(session, row.key, record)
    note_voices(session, row.key, record)
    session.execute(_note_of(), {"of_key": row.key}, execution_options=_UNSYNCED)


_UNSYNCED: Final = {"synchronize_session": False}


# Made once: they are part of storing any result, and making them takes longer than SQLite does.


@cache
def _lines_between() -> Select[tuple[int, int]]:
    return select(SearchLine.number, SearchLine.digest).where(
        SearchLine.number.between(bindparam("low"), bindparam("high"))
    )


@cache
def _meeting_of() -> Select[tuple[SearchMeeting]]:
    return select(SearchMeeting).where(SearchMeeting.recording_key == bindparam("of_key"))


@cache
def _names_of() -> Select[tuple[str]]:
    return select(SearchName.folded).where(SearchName.number == bindparam("of_number"))


@cache
def _note_of() -> Delete:
    return delete(SearchPending).where(SearchPending.recording_key == bindparam("of_key"))


def _meeting(session: Session, row: Recording) -> SearchMeeting:
    """The row of an indexed meeting. If its day has changed, the meeting is indexed again."""
    found = session.scalar(_meeting_of(), {"of_key": row.key})
    if found is not None and found.meeting_date == row.meeting_date:
        return found
    if found is not None:
        remove_from_index(session, row.key)
        session.expunge(found)
    if session.connection().dialect.name != "sqlite":
        session.execute(_LOCK)
    low, high = first_of_day(row.meeting_date), day_after(row.meeting_date)
    numbers = select(SearchMeeting.number).where(SearchMeeting.number >= low, SearchMeeting.number < high)
    newest = session.scalar(numbers.order_by(SearchMeeting.number.desc()).limit(1))
    made = SearchMeeting(
        number=low if newest is None else newest + 1,
        recording_key=row.key, meeting_date=row.meeting_date, lines=0, language="",
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def remove_from_index(session: Session, key: str) -> int:
    """Delete everything of a recording from the index. Returns the number of rows."""
    session.execute(_note_of(), {"of_key": key}, execution_options=_UNSYNCED)
    number = session.scalar(select(SearchMeeting.number).where(SearchMeeting.recording_key == key))
    if number is None:
        return 0
    removed = _delete_lines(session, number) + 1
    session.execute(delete(SearchName).where(SearchName.number == number), execution_options=_UNSYNCED)
    session.execute(delete(SearchMeeting).where(SearchMeeting.number == number), execution_options=_UNSYNCED)
    return removed


def _delete_lines(session: Session, meeting: int) -> int:
    low = lines_from(meeting)
    gone = delete(SearchLine).where(SearchLine.number.between(low, low + WIDTH - 1))
    return int(getattr(session.execute(gone, execution_options=_UNSYNCED), "rowcount", 0))


def _replace(session: Session, meeting: int, language: str, lines: Sequence[Line], known: dict[int, int]) -> None:
    low = lines_from(meeting)
    wanted = {low + line.position: (line, _digest(line)) for line in lines}
    gone = sorted(number for number, digest in known.items() if number not in wanted or wanted[number][1] != digest)
    for start in range(0, len(gone), AT_ONCE):
        some = delete(SearchLine).where(SearchLine.number.in_(gone[start : start + AT_ONCE]))
        session.execute(some, execution_options=_UNSYNCED)
    new = [
        _row(number, *wanted[number], language) for number in sorted(wanted) if known.get(number) != wanted[number][1]
    ]
    if not new:
        return
    if session.connection().dialect.name == "sqlite":
        session.execute(insert(SearchLine), [{k: v for k, v in row.items() if k != "language"} for row in new])
    else:
        session.execute(_INSERT_POSTGRES, new)


def _digest(line: Line) -> int:
    content = json.dumps(
        [_WORDS_VERSION, line.kind, line.text, line.people, line.segment_id, line.start_ms, line.end_ms, line.status,
         line.withheld, line.draft]
    )  # fmt: skip
    return int.from_bytes(hashlib.sha256(content.encode("utf-8", "replace")).digest()[:8]) >> 1


def _row(number: int, line: Line, digest: int, language: str) -> dict[str, Any]:
    words, grams = words_and_grams(line.text)
    marks = [*(person_mark(name) for name in line.people), *grams]
    if line.kind is not LineKind.TRANSCRIPT:
        marks.append(kind_mark(line.kind))
    if line.status is not None:
        marks.append(status_mark(line.status))
    if line.withheld:
        marks.append(withheld_mark())
    return {
        "number": number,
        "digest": digest,
        "kind": line.kind.value,
        "text": None if line.kind is LineKind.TRANSCRIPT else line.text,
        "people": "\n".join(line.people),
        "segment_id": line.segment_id,
        "start_ms": line.start_ms,
        "end_ms": line.end_ms,
        "status": line.status,
        "withheld": line.withheld,
        "draft": line.draft,
        "words": " ".join(words),
        "marks": " ".join(mark for mark in marks if mark),
        "language": language,
    }


def _replace_names(session: Session, meeting: int, people: Iterable[str]) -> None:
    wanted = {folded for name in people if (folded := folded_name(name))}
    known = set(session.scalars(_names_of(), {"of_number": meeting}))
    if known - wanted:
        gone = delete(SearchName).where(SearchName.number == meeting, SearchName.folded.in_(sorted(known - wanted)))
        session.execute(gone, execution_options=_UNSYNCED)
    if wanted - known:
        session.execute(insert(SearchName), [{"number": meeting, "folded": name} for name in sorted(wanted - known)])

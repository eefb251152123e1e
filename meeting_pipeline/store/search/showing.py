"""What is shown of the best matches: the line, its neighbours, who said it and when, and the positions of the query's words.

Must not go here: which lines are best (``ranking.py``).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.search_lines import FIRST_CLAIM, LineKind
from meeting_pipeline.domain.search_queries import Term, places, together, tokens
from meeting_pipeline.store import policies
from meeting_pipeline.store.search.numbers import lines_from, position_of
from meeting_pipeline.store.search.postgres import stems
from meeting_pipeline.store.search.values import FoundMeeting, Hit, Near
from meeting_pipeline.store.tables import Recording, SearchLine, SearchMeeting, SegmentRow

SameWord = Callable[[str, str], bool]
_CUT: Final = "…"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def shown(
    session: Session, terms: Collection[Term], best: Sequence[tuple[int, float, list[int]]], lines: int
) -> list[FoundMeeting]:
    """The meetings with their best lines. ``best``: meeting, score and the numbers of its matches, best first."""
    if not best:
        return []
    numbers = [number for _, _, found in best for number in found[:lines]]
    meetings = _meetings(session, [meeting for meeting, _, _ in best])
    rows = {row.number: row for row in session.scalars(select(SearchLine).where(SearchLine.number.in_(numbers)))}
    near = _segments(session, meetings, rows.values())
    speakers = _speakers(session, rows.values())
    results = []
    for meeting, score, found in best:
        if meeting not in meetings:
            continue
        row, language = meetings[meeting]
        said = {index: near[row.key, index] for key, index in near if key == row.key}
        texts = [(rows[number], _text(rows[number], said)) for number in found[:lines] if number in rows]
        alike = _alike(session, language, terms, [text for _, text in texts])
        results.append(
            FoundMeeting(
                key=row.key, title=row.title, meeting_date=row.meeting_date, duration_ms=row.duration_ms,
                has_media=row.media_file is not None, score=score, matches=len(found),
                hits=tuple(_hit(line, text, said, terms, alike, speakers) for line, text in texts),
            )
        )  # fmt: skip
    return results


def _meetings(session: Session, numbers: Sequence[int]) -> dict[int, tuple[Recording, str]]:
    query = select(SearchMeeting.number, SearchMeeting.language, Recording).join(
        Recording, Recording.key == SearchMeeting.recording_key
    )
    rows = session.execute(query.where(SearchMeeting.number.in_(numbers)))
    return {number: (recording, language) for number, language, recording in rows}


def _segments(
    session: Session, meetings: Mapping[int, tuple[Recording, str]], lines: Iterable[SearchLine]
) -> dict[tuple[str, int], SegmentRow]:
    """The segments of these lines and their neighbours, by recording and id."""
    wanted: dict[str, set[int]] = {}
    for line in lines:
        found = meetings.get(line.number // lines_from(1))
        if found is None or line.segment_id is None:
            continue
        around = (-1, 0, 1) if line.kind == LineKind.TRANSCRIPT else (0,)
        wanted.setdefault(found[0].key, set()).update(line.segment_id + step for step in around)
    found_rows: dict[tuple[str, int], SegmentRow] = {}
    for key, indexes in wanted.items():  # not one statement: SQLite reads the whole table for pairs in a list
        query = select(SegmentRow).where(SegmentRow.recording_key == key, SegmentRow.index.in_(sorted(indexes)))
        found_rows |= {(key, row.index): row for row in session.scalars(query)}
    return found_rows


def _place(line: SearchLine) -> int:
    """The first line number of its meeting."""
    return line.number - position_of(line.number)


def _speakers(session: Session, lines: Iterable[SearchLine]) -> dict[int, str]:
    """Line number -> who said it, of these lines' segments and their neighbours."""
    wanted = {
        _place(line) + line.segment_id + step for line in lines if line.segment_id is not None for step in (-1, 0, 1)
    }
    query = select(SearchLine.number, SearchLine.people).where(SearchLine.number.in_(sorted(wanted)))
    return {row.number: row.people for row in session.execute(query)}


def _text(line: SearchLine, said: Mapping[int, SegmentRow]) -> str:
    if line.text is not None:
        return line.text
    segment = said.get(line.segment_id) if line.segment_id is not None else None
    return segment.text if segment is not None else ""


def _alike(session: Session, language: str, terms: Collection[Term], texts: Sequence[str]) -> SameWord:
    """Whether two words have the same stem, where the database has indexed stems."""
    if session.connection().dialect.name == "sqlite" or not texts:
        return str.__eq__
    asked = {word for term in terms if not term.unspaced for word in (*term.words, term.joined) if word}
    said = {word for text in texts for word in (*(token.folded for token in tokens(text)), *together(text))}
    known = stems(session, language, asked | said)
    return lambda word, other: known.get(word, word) == known.get(other, other)


def _hit(
    line: SearchLine, text: str, said: Mapping[int, SegmentRow], terms: Collection[Term], alike: SameWord,
    speakers: Mapping[int, str],
) -> Hit:  # fmt: skip
    shown_text, ranges = cut(text, places(text, terms, alike))
    return Hit(
        kind=LineKind(line.kind), text=shown_text, highlights=tuple(ranges),
        people=tuple(line.people.split("\n")) if line.people else (),
        segment_id=line.segment_id, start_ms=line.start_ms, end_ms=line.end_ms, status=line.status,
        withheld=line.withheld, draft=line.draft, near=tuple(_near(line, said, speakers)),
    )  # fmt: skip


def _near(line: SearchLine, said: Mapping[int, SegmentRow], speakers: Mapping[int, str]) -> Iterable[Near]:
    if line.segment_id is None:
        return
    around = {"before": -1, "after": 1} if position_of(line.number) < FIRST_CLAIM else {"source": 0}
    for position, step in around.items():
        segment = said.get(line.segment_id + step)
        if segment is not None:
            name = speakers.get(_place(line) + segment.index, segment.speaker)
            yield Near(position, segment.index, name, segment.start_ms, cut(segment.text, [])[0])


def cut(
    text: str, ranges: Sequence[tuple[int, int]], *, most: int = policies.SEARCH_SHOWN_CHARACTERS
) -> tuple[str, list[tuple[int, int]]]:
    """At most ``most`` characters of a text around its first range, on one line, and the ranges in them."""
    start = max(min(ranges[0][0] - most // 4, len(text) - most), 0) if ranges else 0
    start = text.find(" ", start, start + 30) + 1 or start if start else 0
    end = min(start + most, len(text))
    if end < len(text):
        end = max(text.rfind(" ", end - 30, end), 0) or end
    head, tail = _CUT if start else "", _CUT if end < len(text) else ""
    body = _CONTROL.sub(" ", text[start:end])  # one character for each: the ranges stay where they are
    moved = [(max(a, start) - start + len(head), min(b, end) - start + len(head)) for a, b in ranges]
    return head + body + tail, [(a, b) for a, b in moved if a < b]

"""Finds the passages that may answer a question: first meetings by the index, then windows over what was said in the best ones.

A question's words may be spread over lines, so what was said in a few meetings is read as a whole. Must not go here: which
meetings these are (``meeting_scores.py``), reading a question and scoring windows (``domain/questions/``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.questions.joining import Placed, joined
from meeting_pipeline.domain.questions.passages import Passage, PassageClaim, PassageLine
from meeting_pipeline.domain.questions.reading import Asked, read_question
from meeting_pipeline.domain.questions.windows import MeetingLines, Window, Windows
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.search_lines import LineKind, lines_of
from meeting_pipeline.domain.search_queries import Term, places
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.results.records import readable_records
from meeting_pipeline.store.search.meeting_scores import meeting_scores, selected_meetings
from meeting_pipeline.store.search.nearest import Among, NearMeeting, nearest
from meeting_pipeline.store.search.numbers import day_after, first_of_day
from meeting_pipeline.store.search.showing import cut
from meeting_pipeline.store.search.values import Meaning, Question
from meeting_pipeline.store.tables import Recording, SearchMeeting, SearchPending

_MEETING_SHARE: Final = 0.3
"""How much a meeting's score counts for its windows."""


@dataclass(frozen=True)
class Retrieved:
    """Passages, best first. ``asked``: the question as it was read; ``pending``: recordings that are not indexed yet."""

    asked: Asked
    passages: tuple[Passage, ...]
    pending: int


@retrying
class Retrieval:
    """Repository of passages."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def passages(
        self, question: Question, *, most: int = policies.PASSAGES, meaning: Meaning | None = None
    ) -> Retrieved:
        """The best passages for ``question.text``. Of the other conditions, the meeting, the title and the days count.

        ``meaning``: of the question; passages with a similar meaning are among them then.
        """
        today = self._context.now().date()
        asked = read_question(question.text, today)
        with self._context.database.read() as session:
            pending = session.scalar(select(func.count()).select_from(SearchPending)) or 0
            ranked = meeting_scores(session, asked, question, today.toordinal()) if asked.words else {}
            best = sorted(ranked, key=lambda number: (-ranked[number], -number))[: policies.PASSAGE_MEETINGS]
            near = _near(session, question, meaning) if meaning is not None else []
            others = [one.number for one in near if one.number not in best][: policies.PASSAGE_MEETINGS_BY_MEANING]
            found = _read(session, [*best, *others])
        top = max(ranked.values(), default=0.0) or 1.0
        scores = {record.key: ranked.get(number, 0.0) / top for number, record, _ in found}
        passages = _passages(asked, [(r, row) for _, r, row in found], scores, most, near)
        return Retrieved(asked, tuple(passages), pending)

    def records(self, keys: Sequence[str]) -> list[tuple[MeetingRecord, Sequence[str]]]:
        """The records of these recordings that have a transcript, each with the participants that its submitter named."""
        with self._context.database.read() as session:
            rows = {row.key: row for row in session.scalars(select(Recording).where(Recording.key.in_(keys)))}
            found = readable_records(session, list(rows.values()))
            return [(one, list(rows[one.key].participants)) for one in found if one.transcript is not None]


def _near(session: Session, question: Question, meaning: Meaning) -> list[NearMeeting]:
    selected = selected_meetings(session, question)
    low, high = first_of_day(question.since or date.min), day_after(question.until or date.max)
    among = Among(low, high, None if selected is None else frozenset(selected))
    return nearest(session, meaning, among, policies.MEETINGS_BY_MEANING)


def _read(session: Session, numbers: Sequence[int]) -> list[tuple[int, MeetingRecord, Recording]]:
    query = select(SearchMeeting.number, Recording).join(Recording, Recording.key == SearchMeeting.recording_key)
    rows = {row.key: (number, row) for number, row in session.execute(query.where(SearchMeeting.number.in_(numbers)))}
    records = readable_records(session, [row for _, row in rows.values()])
    return [(rows[record.key][0], record, rows[record.key][1]) for record in records if record.transcript is not None]


def _passages(
    asked: Asked, found: Sequence[tuple[MeetingRecord, Recording]], scores: Mapping[str, float], most: int,
    near: Sequence[NearMeeting],
) -> list[Passage]:  # fmt: skip
    lines = [lines_of(record, row.participants) for record, row in found]
    meetings = [
        MeetingLines(
            [line for line in some if line.kind is LineKind.TRANSCRIPT],
            [line for line in some if line.kind is not LineKind.TRANSCRIPT],
        )
        for some in lines
    ]
    windows = Windows(asked, meetings)
    ranked: list[tuple[float, int, Window]] = []
    for number, (record, _) in enumerate(found):
        share = 1 - _MEETING_SHARE + _MEETING_SHARE * scores[record.key]
        ranked += [(window.score * share, number, window) for window in windows.of(number, most)]
    ranked.sort(key=lambda one: (-one[0], one[1], one[2].first))
    if not near:
        return [_passage(asked, *found[n], meetings[n], windows, n, w, score) for score, n, w in ranked[:most]]
    numbers = {record.key: number for number, (record, _) in enumerate(found)}
    by_meaning = [one for some in near if some.key in numbers for one in _placed(some, numbers[some.key], meetings)]
    by_meaning.sort(key=lambda one: -one.window.score)
    order = joined([Placed(n, replace(window, score=score)) for score, n, window in ranked], by_meaning, most)
    return [
        _passage(asked, *found[one.meeting], meetings[one.meeting], windows, one.meeting, one.window, one.window.score)
        for one in order
    ]


def _placed(near: NearMeeting, number: int, meetings: Sequence[MeetingLines]) -> Iterator[Placed]:
    """The near windows of a meeting, by the places of their segments in its list of lines."""
    places = {line.position: at for at, line in enumerate(meetings[number].segments)}
    for window in near.windows:
        if window.first in places and window.last in places:
            yield Placed(number, Window(places[window.first], places[window.last], window.score))


def _passage(
    asked: Asked, record: MeetingRecord, row: Recording, meeting: MeetingLines, windows: Windows, number: int,
    window: Window, score: float,
) -> Passage:  # fmt: skip
    assert record.transcript is not None  # noqa: S101 - only such records are read
    segments = {segment.index: segment for segment in record.transcript.segments}
    terms = [Term((word.folded,), unspaced=word.unspaced) for word in asked.words]
    lines = []
    for line in meeting.segments[window.first : window.last + 1]:
        segment = segments[line.position]
        text, _ = cut(segment.text, places(segment.text, terms), most=policies.PASSAGE_LINE_CHARACTERS)
        lines.append(
            PassageLine(segment.index, segment.speaker, line.people[0], segment.start_ms, segment.end_ms, text)
        )
    claims = tuple(
        PassageClaim(claim.kind, claim.text, claim.people, claim.status) for claim in windows.claims(number, window)
    )
    return Passage(
        record.key, record.title, record.meeting_date, row.media_file is not None, score, tuple(lines), claims
    )

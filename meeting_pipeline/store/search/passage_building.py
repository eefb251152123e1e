"""Builds passages from the meetings that were read: windows, ranked by words and by meaning, as they are shown.

Must not go here: which meetings are read (``retrieving.py``), scoring (``domain/questions/``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from meeting_pipeline.domain.questions.joining import Placed, joined
from meeting_pipeline.domain.questions.passages import Passage, PassageClaim, PassageLine
from meeting_pipeline.domain.questions.reading import Asked
from meeting_pipeline.domain.questions.windows import MeetingLines, Window, Windows
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.search_lines import LineKind, lines_of
from meeting_pipeline.domain.search_queries import Term, places
from meeting_pipeline.store import policies
from meeting_pipeline.store.search.nearest import NearMeeting, NearWindow
from meeting_pipeline.store.search.showing import cut
from meeting_pipeline.store.tables import Recording

_MEETING_SHARE: Final = 0.3
"""How much a meeting's score counts for its windows."""
_CANDIDATES: Final = 4
"""Windows of a meeting for each passage, from which meaning may choose others than words."""


@dataclass(frozen=True)
class ByMeaning:
    """Similarity in meaning: the meetings with the most similar windows, and all windows of the meetings that were read."""

    near: Sequence[NearMeeting] = ()
    alike: Mapping[str, Sequence[NearWindow]] = field(default_factory=dict)


def passages_of(
    asked: Asked, found: Sequence[tuple[MeetingRecord, Recording]], scores: Mapping[str, float], most: int,
    meaning: ByMeaning,
) -> list[Passage]:  # fmt: skip
    """At most so many passages of these meetings, best first. ``scores``: of each meeting, at most 1."""
    meetings = [_lines(record, row) for record, row in found]
    windows = Windows(asked, meetings)
    ranked: list[Placed] = []
    for number, (record, _) in enumerate(found):
        share = 1 - _MEETING_SHARE + _MEETING_SHARE * scores[record.key]
        some = windows.of(number, most * _CANDIDATES if meaning.alike else most)
        ranked += [Placed(number, replace(window, score=window.score * share)) for window in some]
    ranked.sort(key=lambda one: (-one.window.score, one.meeting, one.window.first))
    best = (
        _joined(ranked, [record.key for record, _ in found], meetings, meaning, most)
        if meaning.alike
        else ranked[:most]
    )
    return [_passage(asked, *found[one.meeting], meetings[one.meeting], windows, one) for one in best]


def _lines(record: MeetingRecord, row: Recording) -> MeetingLines:
    lines = lines_of(record, row.participants)
    return MeetingLines(
        [line for line in lines if line.kind is LineKind.TRANSCRIPT],
        [line for line in lines if line.kind is not LineKind.TRANSCRIPT],
    )


def _joined(
    ranked: Sequence[Placed], keys: Sequence[str], meetings: Sequence[MeetingLines], meaning: ByMeaning, most: int
) -> list[Placed]:
    numbers = {key: number for number, key in enumerate(keys)}
    alike = {
        number: list(_windows(meaning.alike[key], meetings[number]))
        for key, number in numbers.items()
        if key in meaning.alike
    }
    near = [
        Placed(numbers[some.key], window)
        for some in meaning.near
        if some.key in numbers
        for window in _windows(some.windows, meetings[numbers[some.key]])
    ]
    near.sort(key=lambda one: -one.window.score)
    return joined(ranked, near, alike, most)


def _windows(near: Iterable[NearWindow], meeting: MeetingLines) -> Iterator[Window]:
    """The windows of a meeting, by the places of their segments in its list of lines."""
    places = {line.position: at for at, line in enumerate(meeting.segments)}
    for window in near:
        if window.first in places and window.last in places:
            yield Window(places[window.first], places[window.last], window.score)


def _passage(
    asked: Asked, record: MeetingRecord, row: Recording, meeting: MeetingLines, windows: Windows, placed: Placed
) -> Passage:  # fmt: skip
    assert record.transcript is not None  # noqa: S101 - only such records are read
    segments = {segment.index: segment for segment in record.transcript.segments}
    terms = [Term((word.folded,), unspaced=word.unspaced) for word in asked.words]
    lines = []
    for line in meeting.segments[placed.window.first : placed.window.last + 1]:
        segment = segments[line.position]
        text, _ = cut(segment.text, places(segment.text, terms), most=policies.PASSAGE_LINE_CHARACTERS)
        lines.append(
            PassageLine(segment.index, segment.speaker, line.people[0], segment.start_ms, segment.end_ms, text)
        )
    claims = tuple(
        PassageClaim(claim.kind, claim.text, claim.people, claim.status)
        for claim in windows.claims(placed.meeting, placed.window)
    )
    return Passage(
        record.key,
        record.title,
        record.meeting_date,
        row.media_file is not None,
        placed.window.score,
        tuple(lines),
        claims,
    )

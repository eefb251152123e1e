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
from meeting_pipeline.domain.search_queries import Term, places
from meeting_pipeline.store import policies
from meeting_pipeline.store.search.meeting_reading import ReadMeeting
from meeting_pipeline.store.search.nearest import NearMeeting, NearWindow
from meeting_pipeline.store.search.showing import cut

_MEETING_SHARE: Final = 0.5
"""How much a meeting's score counts for its windows."""
_CANDIDATES: Final = 4
"""Windows of a meeting for each passage, from which meaning may choose others than words."""


@dataclass(frozen=True)
class ByMeaning:
    """Similarity in meaning: the meetings with the most similar windows, and all windows of the meetings that were read."""

    near: Sequence[NearMeeting] = ()
    alike: Mapping[str, Sequence[NearWindow]] = field(default_factory=dict)


def passages_of(
    asked: Asked, found: Sequence[ReadMeeting], scores: Mapping[int, float], most: int, meaning: ByMeaning
) -> list[Passage]:
    """At most ``most`` passages of these meetings, best first. ``scores``: of each meeting by its number, at most 1."""
    meetings = [one.lines for one in found]
    windows = Windows(asked, meetings)
    ranked: list[Placed] = []
    for number, meeting in enumerate(found):
        share = 1 - _MEETING_SHARE + _MEETING_SHARE * scores.get(meeting.number, 0.0)
        some = windows.of(number, most * _CANDIDATES if meaning.alike else most)
        ranked += [Placed(number, replace(window, score=window.score * share)) for window in some]
    ranked.sort(key=lambda one: (-one.window.score, one.meeting, one.window.first))
    best = _joined(ranked, [one.key for one in found], meetings, meaning, most) if meaning.alike else ranked[:most]
    return [_passage(asked, found[one.meeting], windows, one) for one in best]


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
    places = {index: at for at, index in enumerate(meeting.ids)}
    for window in near:
        if window.first in places and window.last in places:
            yield Window(places[window.first], places[window.last], window.score)


def _passage(asked: Asked, meeting: ReadMeeting, windows: Windows, placed: Placed) -> Passage:
    said, terms = meeting.lines, [Term((word.folded,), unspaced=word.unspaced) for word in asked.words]
    lines = []
    for at in range(placed.window.first, placed.window.last + 1):
        text, most = said.texts[at], policies.PASSAGE_LINE_CHARACTERS
        shown, _ = cut(text, places(text, terms) if len(text) > most else [], most=most)
        lines.append(
            PassageLine(said.ids[at], meeting.labels[at], said.people[at], said.starts[at], meeting.ends[at], shown)
        )
    claims = tuple(
        PassageClaim(claim.kind, claim.text, claim.people, claim.status)
        for claim in windows.claims(placed.meeting, placed.window)
    )
    return Passage(
        meeting.key, meeting.title, meeting.meeting_date, meeting.has_media, placed.window.score, tuple(lines), claims
    )

"""The parameters and results of a search.

Must not go here: queries.
"""

from dataclasses import dataclass
from datetime import date

from meeting_pipeline.domain.search_lines import LineKind


@dataclass(frozen=True)
class Question:
    """What to find: lines that have all words of ``text`` and meet every given condition.

    ``typing``: the last word may be the beginning of a longer one. ``speaker``: part of the name of the one who said it;
    ``person``: of the one who said, does or decided it; each may also be the id of a person. ``since`` and ``until``: days of
    meetings, both included. ``unverified``: also claims that are withheld, marked as such.
    """

    text: str = ""
    typing: bool = False
    speaker: str | None = None
    person: str | None = None
    since: date | None = None
    until: date | None = None
    title: str | None = None
    kind: LineKind | None = None
    status: str | None = None
    recording_key: str | None = None
    unverified: bool = False


@dataclass(frozen=True)
class Meaning:
    """The vector of a question, of length 1. ``vectors``: identifies the vectors that it can be compared with."""

    vector: tuple[float, ...]
    vectors: str


@dataclass(frozen=True)
class Place:
    """A place in the results of one question. All that the order depends on is in it, so that it stays the same.

    ``as_of``: the day that recency is counted from; ``average``: lines of a meeting; ``lowest``: the first line that may match;
    ``floor`` and ``ceiling``: the lines that are ranked together, ``floor`` being ``None`` while it is not known; ``score`` and
    ``meeting``: the last result before this place, ``None`` if there is none among these lines. ``seen``: meetings of the first
    page, whose order is another one if meaning takes part; they do not come again.
    """

    as_of: date
    average: float
    lowest: int
    ceiling: int
    floor: int | None = None
    score: float | None = None
    meeting: int | None = None
    seen: tuple[int, ...] = ()


@dataclass(frozen=True)
class Near:
    """A line of the transcript near a hit, or the one that a claim rests on."""

    position: str
    segment_id: int
    speaker: str
    start_ms: int
    text: str


@dataclass(frozen=True)
class Hit:
    """A line that was found. ``highlights``: where the words of the question are in ``text``, which may be cut: ``…``.

    ``by_meaning``: several lines of the transcript with a similar meaning; ``people`` are all who speak there.
    """

    kind: LineKind
    text: str
    highlights: tuple[tuple[int, int], ...]
    people: tuple[str, ...]
    segment_id: int | None
    start_ms: int | None
    end_ms: int | None
    status: str | None
    withheld: bool
    draft: bool
    near: tuple[Near, ...]
    by_meaning: bool = False


@dataclass(frozen=True)
class FoundMeeting:
    """A meeting with its best hits. ``matches``: all lines of it that were found."""

    key: str
    title: str
    meeting_date: date
    duration_ms: int
    has_media: bool
    score: float
    matches: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Found:
    """Some meetings, best first. ``after``: where the next page starts; ``None``: this is the last page.

    ``pending``: recordings that are not indexed yet. ``by_meaning``: meaning takes part in the order; ``why_not``: why it does
    not although it is turned on.
    """

    meetings: tuple[FoundMeeting, ...]
    after: Place | None
    pending: int
    by_meaning: bool = False
    why_not: str | None = None

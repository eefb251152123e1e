"""Which windows over a meeting's segments answer a question best.

Words of an answer need not be in one line: a window is a few consecutive segments, and is scored as a whole by BM25 over all
windows, with its speakers and the items that cite it. Must not go here: which meetings are read (``store/search/``), which words
of a question are in a line (``line_matching.py``).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from meeting_pipeline.domain.questions.line_matching import LineMatch, LineMatcher
from meeting_pipeline.domain.questions.reading import Aim, Asked
from meeting_pipeline.domain.search_lines import Line, LineKind

WINDOW_WORDS: Final = 120
"""Words of a window: about a minute, the length of an answer with what led to it."""
WINDOW_SEGMENTS: Final = 16
"""Segments of a window: of short ones ("Yeah.") more say nothing."""
_SATURATION: Final = 0.6
"""BM25's k1: how soon a word that is frequent says no more. Lower than for whole meetings: a window is short."""
_REACH: Final = 20
"""Segments on each side of a window that tell what the talk is about there ..."""
_CONTEXT: Final = 0.5
"""... and the weight of their words, compared with those of the window."""
_SPEAKS: Final = 0.6
"""Weight of a person of the question who speaks in the window, compared with a rare word."""
_NAME: Final = 0.3
"""Weight of a speaker's name where it is said: a question about what somebody thinks is about what that person says."""
_CLAIM: Final = 0.5
"""Weight of a claim's words, compared with words that were said."""
_AIMED: Final = 1.5
"""Factor of a claim of the kind that the question asks for."""
_WANTED: Final = 0.15
"""Weight of a number or time where the question asks for one."""
_KINDS: Final = {LineKind.DECISION: Aim.DECISION, LineKind.ACTION_ITEM: Aim.TASK}


@dataclass(frozen=True)
class Window:
    """Segments ``first`` to ``last`` (positions in the meeting's list of segments) with their score."""

    first: int
    last: int
    score: float


@dataclass(frozen=True)
class MeetingLines:
    """The lines of one meeting: its segments in order, and everything else that can be found of it."""

    segments: Sequence[Line]
    others: Sequence[Line]


class Windows:
    """All windows of some meetings, scored together: a word that is in most windows tells little."""

    def __init__(self, asked: Asked, meetings: Sequence[MeetingLines]) -> None:
        self._asked = asked
        self._meetings = meetings
        self._matcher = LineMatcher(asked)
        self._texts = [[self._matcher.read(line.text) for line in one.segments] for one in meetings]
        self._spans = [list(_spans(texts)) for texts in self._texts]
        self._counts = [_Counts(texts) for texts in self._texts]
        self._inside = [
            [counts.of(first, last) for first, last in spans]
            for counts, spans in zip(self._counts, self._spans, strict=True)
        ]
        self._rarity = self._rarities()
        called = self._matcher.called({name for one in meetings for line in one.segments for name in line.people})
        self._said = [rarity * (_NAME if at in called else 1.0) for at, rarity in enumerate(self._rarity)]

    def of(self, number: int, most: int) -> list[Window]:
        """The best windows of a meeting that do not overlap, best first."""
        scored = sorted(self._scored(number), key=lambda window: (-window.score, window.first))
        chosen: list[Window] = []
        for window in scored:
            if window.score <= 0 or len(chosen) >= most:
                break
            if all(window.last < other.first or window.first > other.last for other in chosen):
                chosen.append(window)
        return chosen

    def claims(self, number: int, window: Window) -> list[Line]:
        """What came out of a window and has words of the question."""
        inside = {line.segment_id for line in self._meetings[number].segments[window.first : window.last + 1]}
        return [
            line
            for line in self._meetings[number].others
            if line.segment_id in inside and line.kind not in (LineKind.TITLE, LineKind.PERSON) and not line.withheld
            and self._matcher.read(line.text).found
        ]  # fmt: skip

    def _rarities(self) -> list[float]:
        """BM25's weight of each word of the question, over all windows."""
        total, having = 0, Counter[int]()
        for windows in self._inside:
            total += len(windows)
            for found in windows:
                having.update(found.keys())
        return [
            word.weight * math.log(1 + (total - having[place] + 0.5) / (having[place] + 0.5))
            for place, word in enumerate(self._asked.words)
        ]

    def _scored(self, number: int) -> Iterator[Window]:
        texts, spans, meeting = self._texts[number], self._spans[number], self._meetings[number]
        extra = self._extra(number)
        names = [self._matcher.named(line.people) for line in meeting.segments]
        counts = self._counts[number]
        for (first, last), found in zip(spans, self._inside[number], strict=True):
            score = self._relevance(found)
            score += _CONTEXT * self._relevance(counts.of(first - _REACH, last + _REACH)) if score else 0.0
            inside = range(first, last + 1)
            speaking = Counter(place for at in inside for place in names[at] if texts[at].words > 3)
            score += sum(self._asked.words[place].weight * _SPEAKS * min(many, 3) for place, many in speaking.items())
            if score > 0:
                score += max((extra.get(at, 0.0) for at in inside), default=0.0)
                score += self._wanted(texts[at] for at in inside)
            yield Window(first, last, score)

    def _relevance(self, counts: Mapping[int, float]) -> float:
        return sum(self._said[place] * often / (often + _SATURATION) for place, often in counts.items())

    def _wanted(self, texts: Iterable[LineMatch]) -> float:
        some = list(texts)
        numbers = Aim.NUMBER in self._asked.aims and any(one.numbers for one in some)
        times = Aim.TIME in self._asked.aims and any(one.times for one in some)
        return _WANTED * max(self._rarity, default=0.0) * (numbers + times)

    def _extra(self, number: int) -> Mapping[int, float]:
        """Position of a segment -> what the claims that rest on it add."""
        meeting = self._meetings[number]
        positions = {line.segment_id: at for at, line in enumerate(meeting.segments)}
        found: dict[int, float] = {}
        for line in meeting.others:
            if line.withheld:
                continue
            counts = self._matcher.read(line.text).found
            gain = sum(self._rarity[place] for place in counts) * _CLAIM
            gain *= _AIMED if _KINDS.get(line.kind) in self._asked.aims else 1.0
            if gain <= 0:
                continue
            for at in self._about(line, meeting, positions):
                found[at] = max(found.get(at, 0.0), gain)
        return found

    def _about(self, line: Line, meeting: MeetingLines, positions: Mapping[int | None, int]) -> Iterable[int]:
        if line.segment_id is not None:
            at = positions.get(line.segment_id)
            return () if at is None else (at,)
        if line.kind is LineKind.TOPIC and line.start_ms is not None and line.end_ms is not None:
            return [
                at
                for at, segment in enumerate(meeting.segments)
                if segment.start_ms is not None and line.start_ms <= segment.start_ms <= line.end_ms
            ]
        return ()


def _spans(texts: Sequence[LineMatch]) -> Iterator[tuple[int, int]]:
    """From each segment on, as many as fit into a window."""
    last, words = -1, 0
    for first in range(len(texts)):
        if last < first:
            last, words = first, texts[first].words
        while (
            last + 1 < len(texts)
            and last + 1 - first < WINDOW_SEGMENTS
            and words + texts[last + 1].words <= WINDOW_WORDS
        ):
            last += 1
            words += texts[last].words
        yield first, last
        words -= texts[first].words


class _Counts:
    """How often each word of the question is in any run of segments: sums from the beginning, subtracted."""

    def __init__(self, texts: Sequence[LineMatch]) -> None:
        self._sums: dict[int, list[float]] = {}
        for place in {place for text in texts for place in text.found}:
            self._sums[place] = [0.0, *accumulate(text.found.get(place, 0.0) for text in texts)]

    def of(self, first: int, last: int) -> dict[int, float]:
        """Place of a word in the question -> how often; only words that are there. Beyond the ends there is nothing."""
        found = {}
        for place, sums in self._sums.items():
            often = sums[min(last + 1, len(sums) - 1)] - sums[max(first, 0)]
            if often > 0:
                found[place] = often
        return found

"""Which windows over a meeting's segments answer a question best.

Words of an answer need not be in one line: a window is a few consecutive segments, and is scored as a whole by BM25 over all
windows, with its speakers and the items that cite it. Must not go here: which meetings are read (``store/search/``), which words
of a question are in a line (``line_matching.py``), adding up (``window_sums.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from meeting_pipeline.domain.questions.line_matching import LineMatcher
from meeting_pipeline.domain.questions.reading import Aim, Asked
from meeting_pipeline.domain.questions.window_sums import WindowSums
from meeting_pipeline.domain.search_lines import Line, LineKind

if TYPE_CHECKING:
    from meeting_pipeline.domain.questions.window_sums import Numbers

_SATURATION: Final = 0.6
"""BM25's k1: how soon a word that is frequent says no more. Lower than for whole meetings: a window is short."""
_REACH: Final = 20
"""Segments on each side of a window that tell what the talk is about there ..."""
_CONTEXT: Final = 0.5
"""... and the weight of their words, compared with those of the window."""
_AROUND: Final = 0.3
"""Weight in a window of words that say what the talk around it was about; in its surroundings they count as others."""
_PAIR: Final = 0.5
"""Weight of two words that are side by side as in the question, compared with the more frequent of them."""
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
    """What of one meeting is scored: its segments in order, a column each, and everything else that can be found of it."""

    ids: Sequence[int]
    texts: Sequence[str]
    people: Sequence[str]
    """Who says it."""
    starts: Sequence[int]
    """In ms."""
    others: Sequence[Line]


class Windows:
    """All windows of some meetings, scored together: a word that is in most windows tells little."""

    def __init__(self, asked: Asked, meetings: Sequence[MeetingLines]) -> None:
        self._asked = asked
        self._meetings = meetings
        self._matcher = LineMatcher(asked)
        self._texts = [self._matcher.read_all(one.texts) for one in meetings]
        self._sums = [WindowSums(texts, len(asked.words)) for texts in self._texts]
        self._inside = [sums.of_windows() for sums in self._sums]
        self._rarity = self._rarities()
        called = self._matcher.called({name for one in meetings for name in one.people})
        self._said = [rarity * (_NAME if at in called else 1.0) for at, rarity in enumerate(self._rarity)]
        self._inner = [
            said * (_AROUND if word.around else 1.0) for said, word in zip(self._said, asked.words, strict=True)
        ]
        self._pairs = [_PAIR * min(self._said[first], self._said[second]) for first, second in asked.pairs]

    def of(self, number: int, most: int) -> list[Window]:
        """The best windows of a meeting that do not overlap, best first."""
        import numpy as np

        sums, scores = self._sums[number], self._scores(number)
        firsts, lasts = sums.firsts.tolist(), sums.lasts.tolist()
        chosen: list[Window] = []
        for at in np.argsort(-scores, kind="stable").tolist():
            first, last, score = firsts[at], lasts[at], float(scores[at])
            if score <= 0 or len(chosen) >= most:
                break
            if all(last < other.first or first > other.last for other in chosen):
                chosen.append(Window(first, last, score))
        return chosen

    def claims(self, number: int, window: Window) -> list[Line]:
        """What came out of a window and has words of the question."""
        inside = set(self._meetings[number].ids[window.first : window.last + 1])
        return [
            line
            for line in self._meetings[number].others
            if line.segment_id in inside and line.kind not in (LineKind.TITLE, LineKind.PERSON) and not line.withheld
            and self._matcher.read(line.text).found
        ]  # fmt: skip

    def _rarities(self) -> list[float]:
        """BM25's weight of each word of the question, over all windows."""
        import numpy as np

        total = sum(len(windows) for windows in self._inside)
        having = sum(((windows > 0).sum(axis=0) for windows in self._inside), np.zeros(len(self._asked.words)))
        weights = np.array([word.weight for word in self._asked.words])
        return [float(one) for one in weights * np.log(1 + (total - having + 0.5) / (having + 0.5))]

    def _scores(self, number: int) -> "Numbers":
        import numpy as np

        texts, sums, people = self._texts[number], self._sums[number], self._meetings[number].people
        scores = _relevance(self._inside[number], self._inner)
        scores += np.where(scores > 0, _CONTEXT * _relevance(sums.of_windows(_REACH), self._said), 0.0)
        if self._pairs:
            scores += _relevance(sums.of([text.pairs for text in texts], len(self._pairs)), self._pairs)
        named = {name: dict.fromkeys(self._matcher.named((name,)), 1.0) for name in set(people)}
        if any(named.values()):
            silent = dict[int, float]()
            speaking = [named[name] if text.words > 3 else silent for name, text in zip(people, texts, strict=True)]
            often = np.minimum(sums.of(speaking, len(self._asked.words)), 3)
            scores += often @ np.array([word.weight * _SPEAKS for word in self._asked.words])
        more = sums.most_of(self._extra(number))
        wanted = _WANTED * max(self._rarity, default=0.0)
        if Aim.NUMBER in self._asked.aims:
            more += wanted * sums.any_of(text.numbers for text in texts)
        if Aim.TIME in self._asked.aims:
            more += wanted * sums.any_of(text.times for text in texts)
        scores += np.where(scores > 0, more, 0.0)
        return scores

    def _extra(self, number: int) -> Mapping[int, float]:
        """Position of a segment -> what the claims that rest on it add."""
        meeting = self._meetings[number]
        positions = {index: at for at, index in enumerate(meeting.ids)}
        claims = [line for line in meeting.others if not line.withheld]
        found: dict[int, float] = {}
        for line, text in zip(claims, self._matcher.read_all(line.text for line in claims), strict=True):
            gain = sum(self._rarity[place] for place in text.found) * _CLAIM
            gain *= _AIMED if _KINDS.get(line.kind) in self._asked.aims else 1.0
            if gain <= 0:
                continue
            for at in self._about(line, meeting, positions):
                found[at] = max(found.get(at, 0.0), gain)
        return found

    def _about(self, line: Line, meeting: MeetingLines, positions: Mapping[int, int]) -> Iterable[int]:
        if line.segment_id is not None:
            at = positions.get(line.segment_id)
            return () if at is None else (at,)
        first, last = line.start_ms, line.end_ms
        if line.kind is LineKind.TOPIC and first is not None and last is not None:
            return [at for at, start in enumerate(meeting.starts) if first <= start <= last]
        return ()


def _relevance(counts: "Numbers", weights: Sequence[float]) -> "Numbers":
    import numpy as np

    relevance: Numbers = (counts / (counts + _SATURATION)) @ np.array(weights)
    return relevance

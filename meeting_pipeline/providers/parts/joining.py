"""Joins the texts of the parts into one transcript: times of the whole recording, and one set of speakers.

Must not go here: telling voices apart (``voices.py``), reading a server's answer (its package).
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from meeting_pipeline.domain.labels import speaker_label
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline.providers.parts.port import PartText, Said
from meeting_pipeline.providers.parts.voices import Labelled, Turn

_BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+|(?<=[。？！])")  # noqa: RUF001 - full-width marks are meant


@dataclass(frozen=True)
class Part:
    """A part with its answer. Times are in ms from the start of the recording."""

    start_ms: int
    end_ms: int
    text: PartText


@dataclass(frozen=True)
class _Piece:
    start_ms: int
    end_ms: int
    speaker: int
    text: str
    confidence: float | None


def has_speakers(parts: Sequence[Part]) -> bool:
    """Whether the server named a speaker wherever something was said."""
    return all(said.speaker is not None for part in parts for said in part.text.said)


def labelled(parts: Sequence[Part]) -> list[Labelled]:
    """Return all that the server gave a label."""
    return [
        Labelled(part.start_ms + said.start_ms, part.start_ms + said.end_ms, number, said.speaker or "")
        for number, part in enumerate(parts)
        for said in part.text.said
    ]


def with_labels(parts: Sequence[Part], speakers: Iterable[tuple[int, str, int]]) -> tuple[Segment, ...]:
    """Return the segments with the server's speakers; ``speakers`` says for each part and label who it is."""
    known = {(part, label): speaker for part, label, speaker in speakers}

    def pieces() -> Iterator[_Piece]:
        for number, part in enumerate(parts):
            for said in part.text.said:
                who = known[number, said.speaker or ""]
                yield _piece(part, said, who)

    return _segments(pieces())


def with_turns(parts: Sequence[Part], turns: Sequence[Turn]) -> tuple[Segment, ...]:
    """Return the segments with the speakers of these turns, cut where the speaker changes between two words."""
    ordered = sorted(turns, key=lambda turn: turn.start_ms)

    def pieces() -> Iterator[_Piece]:
        finder = _Finder(ordered)
        for part in parts:
            spoken = part.text.said if part.text.timed else _spread(part, finder)
            for said in spoken:
                yield from _cut(part, said, finder.speaker)

    return _segments(pieces())


class _Finder:
    """Finds the speaker of a stretch of time."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = turns
        self._ends = [turn.end_ms for turn in turns]  # ascending: turns do not overlap

    def between(self, start_ms: int, end_ms: int) -> list[Turn]:
        """Return the turns that overlap this stretch."""
        found = []
        for turn in self._turns[bisect_left(self._ends, start_ms + 1) :]:
            if turn.start_ms >= end_ms:
                break
            found.append(turn)
        return found

    def speaker(self, start_ms: int, end_ms: int) -> int:
        """Return the speaker of most of this stretch; in silence, the nearest one."""
        heard: dict[int, int] = {}
        for turn in self.between(start_ms, end_ms):
            shared = min(turn.end_ms, end_ms) - max(turn.start_ms, start_ms)
            heard[turn.speaker] = heard.get(turn.speaker, 0) + shared
        if heard:
            return max(heard, key=lambda who: (heard[who], -who))
        after = bisect_left(self._ends, start_ms + 1)
        near = self._turns[max(0, after - 1) : after + 1]
        distance = {turn: max(turn.start_ms - end_ms, start_ms - turn.end_ms, 0) for turn in near}
        return min(near, key=lambda turn: distance[turn]).speaker if near else 0


def _cut(part: Part, said: Said, speaker: Callable[[int, int], int]) -> Iterator[_Piece]:
    """Cut a piece of text between words of different speakers, if the server's words are those of the text."""
    written = said.text.split()
    if len(written) != len(said.words) or len(written) < 2:
        who = speaker(part.start_ms + said.start_ms, part.start_ms + said.end_ms)
        yield _piece(part, said, who)
        return
    spoken = [
        (speaker(part.start_ms + word.start_ms, part.start_ms + word.end_ms), shown, word)
        for shown, word in zip(written, said.words, strict=True)
    ]
    for who, run in groupby(spoken, key=lambda one: one[0]):
        words = list(run)
        yield _Piece(
            part.start_ms + words[0][2].start_ms,
            part.start_ms + max(word.end_ms for _, _, word in words),
            who,
            " ".join(shown for _, shown, _ in words),
            said.confidence,
        )


def _spread(part: Part, finder: _Finder) -> list[Said]:
    """Spread a text without times over the speech that is heard in its part, sentence by sentence. The times are estimates."""
    text = " ".join(said.text for said in part.text.said)
    sentences = [found.strip() for found in _BETWEEN_SENTENCES.split(text) if found.strip()]
    heard = finder.between(part.start_ms, part.end_ms) or [Turn(part.start_ms, part.end_ms, 0)]
    spans = [(max(t.start_ms, part.start_ms), min(t.end_ms, part.end_ms)) for t in heard]
    speech = sum(end - start for start, end in spans)
    characters = sum(map(len, sentences)) or 1
    done, found = 0, []
    for sentence in sentences:
        begin, done = done * speech // characters, done + len(sentence)
        start, end = _moment(spans, begin), _moment(spans, done * speech // characters)
        found.append(Said(sentence, start - part.start_ms, max(end, start) - part.start_ms))
    return found


def _moment(spans: Sequence[tuple[int, int]], spoken_ms: int) -> int:
    """Return the time at which so much has been spoken."""
    for start, end in spans:
        if spoken_ms < end - start:
            return start + spoken_ms
        spoken_ms -= end - start
    return spans[-1][1]


def _piece(part: Part, said: Said, who: int) -> _Piece:
    return _Piece(part.start_ms + said.start_ms, part.start_ms + said.end_ms, who, said.text, said.confidence)


def _segments(pieces: Iterable[_Piece]) -> tuple[Segment, ...]:
    ordered = sorted(pieces, key=lambda piece: piece.start_ms)
    label = {who: speaker_label(number) for number, who in enumerate(dict.fromkeys(p.speaker for p in ordered))}
    return tuple(
        Segment(
            index=index,
            speaker=label[piece.speaker],
            start_ms=piece.start_ms,
            end_ms=piece.end_ms,
            text=piece.text,
            confidence=piece.confidence,
        )
        for index, piece in enumerate(ordered)
    )

"""Voices of speakers: which of their words a voice is made of, who sounds like whom, and how well that tells people apart.

A voice is a vector of length 1; the product of two says how alike they are. Must not go here: making vectors (``providers/``),
storing them (``store/people/voices.py``).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from meeting_pipeline.domain.transcript import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

Span = tuple[int, int]
"""From and to, in milliseconds."""

SHORTEST_SPAN_MS: Final = 1_500
"""Shorter pieces are mostly "yes" and laughter."""
SHORTEST_VOICE_MS: Final = 8_000
"""Less speech than this makes no voice. In measured meetings, 2.5 s of somebody who was talked over sounded like the other
speaker (0.86), and pieces of 1.5 s gave 4 % errors."""
LONGEST_VOICE_MS: Final = 60_000
"""Bounds the processor time: a minute of somebody is much more than the pieces that were measured."""
_BLOCK: Final = 512
"""Voices that are compared with all others at once: this bounds the memory."""


@dataclass(frozen=True)
class Alike:
    """Two of those whose voices were compared, by their places, and how alike they sound."""

    one: int
    other: int
    similarity: float


def spans_of(segments: Sequence[Segment]) -> dict[str, tuple[Span, ...]]:
    """The stretches that the voice of each label is made of: the longest in which nobody else speaks, in order of time.

    Labels with too little of it have none.
    """
    clear: dict[str, list[Span]] = {}
    ordered = sorted(segments, key=lambda one: one.start_ms)
    latest = 0  # where those that began before end at last
    for place, one in enumerate(ordered):
        start = max(one.start_ms, latest)
        end = one.end_ms
        if place + 1 < len(ordered):
            end = min(end, ordered[place + 1].start_ms)
        latest = max(latest, one.end_ms)
        if end - start >= SHORTEST_SPAN_MS:
            clear.setdefault(one.speaker, []).append((start, end))
    chosen = {label: _longest(spans) for label, spans in clear.items()}
    return {label: spans for label, spans in chosen.items() if length_of(spans) >= SHORTEST_VOICE_MS}


def length_of(spans: Sequence[Span]) -> int:
    """How long they are together."""
    return sum(end - start for start, end in spans)


def _longest(spans: Sequence[Span]) -> tuple[Span, ...]:
    taken: list[Span] = []
    left = LONGEST_VOICE_MS
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if left < SHORTEST_SPAN_MS:
            break
        taken.append((start, min(end, start + left)))
        left -= taken[-1][1] - start
    return tuple(sorted(taken))


def digest_of(spans: Mapping[str, Sequence[Span]]) -> str:
    """Tells whether voices are of this transcript: a label may mean somebody else in another one."""
    listed = sorted((label, [list(span) for span in some]) for label, some in spans.items())
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def joined(vectors: "Vectors", groups: Sequence[Sequence[int]]) -> "Vectors":
    """The mean voice of each group of vectors, of length 1."""
    import numpy as np

    means = np.stack([vectors[list(group)].mean(axis=0) for group in groups])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    found: Vectors = (means / np.maximum(lengths, 1e-9)).astype(np.float32)
    return found


def alike(vectors: "Vectors", threshold: float, most: int) -> list[Alike]:
    """The most alike pairs of voices from a threshold on, at most ``most`` of them, the surest first."""
    import numpy as np

    found: list[Alike] = []
    for begin in range(0, len(vectors), _BLOCK):
        table = vectors[begin : begin + _BLOCK] @ vectors.T
        rows, columns = np.nonzero(table >= threshold)
        later = columns > rows + begin
        some = [
            Alike(int(row) + begin, int(column), float(table[row, column]))
            for row, column in zip(rows[later], columns[later], strict=True)
        ]
        found = sorted([*found, *some], key=lambda one: (-one.similarity, one.one, one.other))[:most]
    return found


def nearest(vectors: "Vectors", others: "Vectors", threshold: float) -> list[Alike]:
    """For each voice the most alike of the others, from a threshold on."""
    found: list[Alike] = []
    for begin in range(0, len(vectors), _BLOCK):
        table = vectors[begin : begin + _BLOCK] @ others.T
        found += [
            Alike(row + begin, int(column), float(table[row, column]))
            for row, column in enumerate(table.argmax(axis=1))
            if table[row, column] >= threshold
        ]
    return found


@dataclass(frozen=True)
class Row:
    """What a threshold does, as shares.

    ``missed``: of the pairs of one person; ``false``: of the pairs of two people that it suggests; ``wrong``: of its suggestions.
    """

    threshold: float
    missed: float
    false: float
    wrong: float


@dataclass(frozen=True)
class Measured:
    """How well voices tell people apart. ``best``: the lowest threshold with few wrong suggestions, if any has."""

    same: int
    different: int
    equal_error: float
    rows: tuple[Row, ...]
    best: float | None


FEWEST_SAME: Final = 20
"""Pairs of one person in two meetings, from which on a threshold is proposed: with fewer, one person decides it."""
FEWEST_DIFFERENT: Final = 100
"""Pairs of two people from which on a threshold is proposed."""
WRONG_AT_MOST: Final = 0.05
"""Share of suggestions that may be wrong in the measurement: each costs somebody the time to listen."""
_THRESHOLDS: Final = tuple(number / 100 for number in range(20, 96, 5))
_FINE: Final = tuple(number / 100 for number in range(1, 100))


def measured(same: Sequence[float], different: Sequence[float]) -> Measured:
    """Measure with pairs of which it is known whether they are one person. Both must have some."""
    import numpy as np

    ours, theirs = np.sort(np.asarray(same)), np.sort(np.asarray(different))

    def row(threshold: float) -> Row:
        found = len(ours) - int(np.searchsorted(ours, threshold))
        wrong = len(theirs) - int(np.searchsorted(theirs, threshold))
        shown = found + wrong
        return Row(threshold, 1 - found / len(ours), wrong / len(theirs), wrong / shown if shown else 0.0)

    fine = [row(threshold) for threshold in _FINE]
    equal = min(fine, key=lambda one: abs(one.missed - one.false))
    enough = len(ours) >= FEWEST_SAME and len(theirs) >= FEWEST_DIFFERENT
    good = [one for one in fine if one.wrong <= WRONG_AT_MOST and one.missed < 1]
    return Measured(
        len(ours), len(theirs), (equal.missed + equal.false) / 2, tuple(row(threshold) for threshold in _THRESHOLDS),
        good[0].threshold if enough and good else None,
    )  # fmt: skip


def sorted_pairs(vectors: "Vectors", people: Sequence[str], meetings: Sequence[str]) -> tuple[list[float], list[float]]:
    """How alike the voices of one person in two meetings are, and those of two people anywhere."""
    import numpy as np

    same: list[float] = []
    different: list[float] = []
    who, where = np.asarray(people), np.asarray(meetings)
    for place in range(len(vectors) - 1):
        scores = vectors[place + 1 :] @ vectors[place]
        is_same = who[place + 1 :] == who[place]
        elsewhere = where[place + 1 :] != where[place]
        same += scores[is_same & elsewhere].tolist()
        different += scores[~is_same].tolist()
    return same, different

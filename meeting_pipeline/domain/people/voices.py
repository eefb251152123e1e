"""Voices of speakers: the speech from which a voice is made, and who sounds like whom.

A voice is a vector of length 1; the product of two is their similarity. Must not go here: making vectors (``providers/``),
storing them (``store/people/voices.py``), how well they distinguish people (``voice_thresholds.py``).
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
class SimilarPair:
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
    latest = 0  # the latest end of those that began before
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


def mean_voices(vectors: "Vectors", groups: Sequence[Sequence[int]]) -> "Vectors":
    """The mean voice of each group of vectors, of length 1."""
    import numpy as np

    means = np.stack([vectors[list(group)].mean(axis=0) for group in groups])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    found: Vectors = (means / np.maximum(lengths, 1e-9)).astype(np.float32)
    return found


def similar_pairs(vectors: "Vectors", threshold: float, most: int) -> list[SimilarPair]:
    """The most alike pairs of voices from a threshold on, at most ``most`` of them, the surest first."""
    import numpy as np

    found: list[SimilarPair] = []
    for begin in range(0, len(vectors), _BLOCK):
        table = vectors[begin : begin + _BLOCK] @ vectors.T
        rows, columns = np.nonzero(table >= threshold)
        later = columns > rows + begin
        some = [
            SimilarPair(int(row) + begin, int(column), float(table[row, column]))
            for row, column in zip(rows[later], columns[later], strict=True)
        ]
        found = sorted([*found, *some], key=lambda one: (-one.similarity, one.one, one.other))[:most]
    return found


def nearest_voices(vectors: "Vectors", others: "Vectors", threshold: float) -> list[SimilarPair]:
    """For each voice the most alike of the others, from a threshold on."""
    found: list[SimilarPair] = []
    for begin in range(0, len(vectors), _BLOCK):
        table = vectors[begin : begin + _BLOCK] @ others.T
        found += [
            SimilarPair(row + begin, int(column), float(table[row, column]))
            for row, column in enumerate(table.argmax(axis=1))
            if table[row, column] >= threshold
        ]
    return found

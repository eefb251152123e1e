"""Combine words and speakers into transcript segments.

Must not go here: speech recognition (``words.py``), distinguishing speakers (``diarization.py``).
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from meeting_pipeline.domain.labels import speaker_label
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline.providers.offline.features import HOP_MS
from meeting_pipeline.providers.offline.wordlists import CALENDAR, GIVEN_NAMES
from meeting_pipeline.providers.offline.words import Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def speaker_of(word: Word, start_ms: int, path: "NDArray[np.intp]") -> int:
    """Return the speaker with most of the frames of a word; ``path`` begins at ``start_ms``."""
    import numpy as np

    if len(path) == 0:
        return 0
    first = min(max(0, (word.start_ms - start_ms) // HOP_MS), len(path) - 1)
    last = max(first + 1, (word.end_ms - start_ms) // HOP_MS)
    return int(np.bincount(path[first:last]).argmax())


def segments_of(spoken: Sequence[Sequence[tuple[int, Word]]], names: Collection[str] = ()) -> tuple[Segment, ...]:
    """Return the segments of words without punctuation, as ``assembled``. ``names`` are words to capitalize."""
    capital = GIVEN_NAMES | CALENDAR | {name.casefold() for name in names}
    return assembled(spoken, partial(readable, capital=capital))


def assembled(
    spoken: Sequence[Sequence[tuple[int, Word]]], join: Callable[[Sequence[str]], str]
) -> tuple[Segment, ...]:
    """Return one segment per uninterrupted run of a speaker within a stretch. Labels are in order of first appearance.

    ``spoken`` holds the words of each stretch with their speakers; ``join`` puts the words of a run together.
    """
    runs = [
        (speaker, [word for _, word in run])
        for stretch in spoken
        for speaker, run in groupby(stretch, key=lambda pair: pair[0])
    ]
    order = {speaker: speaker_label(i) for i, speaker in enumerate(dict.fromkeys(speaker for speaker, _ in runs))}
    return tuple(
        Segment(
            index=index,
            speaker=order[speaker],
            start_ms=words[0].start_ms,
            end_ms=words[-1].end_ms,
            text=join([word.text for word in words]),
            confidence=round(sum(word.confidence for word in words) / len(words), 3),
        )
        for index, (speaker, words) in enumerate(runs)
    )


def readable(words: Sequence[str], capital: Collection[str]) -> str:
    """Join the words into one line, with the capitals that are certain. The recognizer gives no punctuation."""
    shown = [word.capitalize() if word in capital or word == "i" or word.startswith("i'") else word for word in words]
    line = " ".join(shown)
    return line[:1].upper() + line[1:]

"""Assign whole sentences to one speaker: the model marks their ends, and the times of single words are less exact.

Must not go here: telling voices apart (``offline/diarization.py``).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from meeting_pipeline.providers.offline.words import Word

_ENDS: Final = tuple(".?!\u3002\uff1f\uff01")
"""The last three are those of Chinese and Japanese."""


def by_sentence(said: Iterable[tuple[int, Word]]) -> list[tuple[int, Word]]:
    """Return the words of a stretch, each sentence with the speaker who has most of its time."""
    found: list[tuple[int, Word]] = []
    for sentence in _sentences(said):
        times: Counter[int] = Counter()
        for speaker, word in sentence:
            times[speaker] += max(1, word.end_ms - word.start_ms)
        speaker = times.most_common(1)[0][0]
        found += [(speaker, word) for _, word in sentence]
    return found


def _sentences(said: Iterable[tuple[int, Word]]) -> Iterator[Sequence[tuple[int, Word]]]:
    held: list[tuple[int, Word]] = []
    for one in said:
        held.append(one)
        if one[1].text.rstrip().endswith(_ENDS):
            yield held
            held = []
    if held:
        yield held

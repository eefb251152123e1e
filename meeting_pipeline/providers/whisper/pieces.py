"""Join stretches of speech into pieces of the length that the model processes at once, and split its words up again.

Must not go here: finding speech, recognising it (``engine.py``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meeting_pipeline.media.decoding import SPEECH_RATE_HZ
from meeting_pipeline.providers.offline.segmentation import Stretch
from meeting_pipeline.providers.offline.words import Word
from meeting_pipeline.providers.whisper import policies
from meeting_pipeline.providers.whisper.windows import PER_MS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Heard:
    """A word as the model gives it: seconds from the start of the piece; spaces and punctuation are part of ``text``."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True)
class Piece:
    """Stretches of speech, at most ``PIECE_MS`` together, in order of time. The silence between them is left out."""

    stretches: tuple[Stretch, ...]

    @property
    def sound(self) -> "NDArray[np.float32]":
        """The stretches one after the other, as the model wants them: -1 to 1."""
        import numpy as np

        return np.concatenate([stretch.samples for stretch in self.stretches]).astype(np.float32) / np.float32(32768)

    @property
    def duration_ms(self) -> int:
        """The length of the speech."""
        return sum(stretch.samples.size for stretch in self.stretches) // PER_MS

    def words(self, heard: Sequence[Heard]) -> list[list[Word]]:
        """Return the words of each stretch, with times from the start of the recording.

        A word belongs to the stretch in which its middle is, and never ends outside of it.
        """
        ends: list[float] = []
        for stretch in self.stretches:
            ends.append((ends[-1] if ends else 0.0) + stretch.samples.size / SPEECH_RATE_HZ)
        found: list[list[Word]] = [[] for _ in self.stretches]
        index = 0
        for word in heard:
            middle = (word.start_s + word.end_s) / 2
            while index < len(ends) - 1 and middle >= ends[index]:
                index += 1
            begin = ends[index - 1] if index else 0.0
            stretch = self.stretches[index]
            first, last = (min(max(time, begin), ends[index]) - begin for time in (word.start_s, word.end_s))
            found[index].append(
                Word(
                    text=word.text,
                    start_ms=stretch.start_ms + round(first * 1000),
                    end_ms=stretch.start_ms + round(max(first, last) * 1000),
                    confidence=min(1.0, max(0.0, word.probability)),
                )
            )
        return found


def pieces(stretches: Iterable[Stretch]) -> Iterator[Piece]:
    """Put the stretches together, as many as fit. A longer one is a separate piece."""
    held: list[Stretch] = []
    size = 0
    for stretch in stretches:
        if held and size + stretch.samples.size > policies.PIECE_MS * PER_MS:
            yield Piece(tuple(held))
            held, size = [], 0
        held.append(stretch)
        size += stretch.samples.size
    if held:
        yield Piece(tuple(held))

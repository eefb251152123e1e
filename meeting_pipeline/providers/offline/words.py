"""Recognize the words of a stretch of speech, using pocketsphinx with the English model in its package.

Belongs here: everything that uses the recognizer. Must not go here: finding speech (``segmentation.py``).
"""

import re
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.providers.offline.segmentation import Stretch

FRAME_MS: Final = 10
"""The recognizer counts time in frames of this length."""
MAX_HMM: Final = 5_000
"""Maximum number of states searched per frame. Measured on the sample, together with ``MAX_WORDS``: the word error rate stays
at 6 %, and with noise (20 dB) at 55-57 %, while the time falls from 62 to 34 s."""
MAX_WORDS: Final = 20
"""Maximum number of words that may end in one frame; same reason. Halving both limits adds one point to the error rate."""
_VARIANT: Final = re.compile(r"\(\d+\)$")
"""``to(2)`` is the second pronunciation of ``to``."""


@dataclass(frozen=True)
class Word:
    """A recognised word. Times are from the start of the recording; ``confidence`` is its posterior, 0..1."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


class Recognizer:
    """Loads the model once (0.3 s, 100 MB) and recognises one stretch after another. Not thread-safe."""

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(loglevel="FATAL", maxhmmpf=MAX_HMM, maxwpf=MAX_WORDS)

    def words(self, stretch: Stretch) -> list[Word]:
        """Return the words of a stretch, without silence and noises."""
        decoder = self._decoder
        decoder.start_utt()
        decoder.process_raw(stretch.samples.tobytes(), full_utt=True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return []
        return [
            Word(
                text=_VARIANT.sub("", segment.word),
                start_ms=stretch.start_ms + segment.start_frame * FRAME_MS,
                end_ms=stretch.start_ms + (segment.end_frame + 1) * FRAME_MS,
                # The scores are rounded logarithms, so a probability may be slightly above one.
                confidence=min(1.0, max(0.0, float(segment.prob))),
            )
            for segment in decoder.seg()
            if segment.word[:1] not in "<[+"
        ]

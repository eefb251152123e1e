"""Voice activity detection on a stream of samples.

Belongs here: cutting audio into stretches of speech. Must not go here: who speaks (``diarization.py``).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from meeting_pipeline.media.decoding import SPEECH_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME_MS: Final = 30
"""WebRTC's detector accepts frames of 10, 20 or 30 ms; the longest is the most stable."""
FRAME: Final = SPEECH_RATE_HZ * FRAME_MS // 1000
VAD_MODE: Final = 2
"""0 keeps nearly everything, 3 drops quiet speech; 2 drops hum and keyboards."""
PAUSE_FRAMES: Final = 12
"""A silence of 360 ms ends a stretch: longer than the stops inside words, shorter than most pauses between turns."""
PADDING_FRAMES: Final = 8
"""240 ms of audio before and after the detected speech are kept: the detector is late on soft beginnings."""
MIN_SPEECH_FRAMES: Final = 5
"""Less than 150 ms of speech is a click."""
LONGEST_FRAMES: Final = 20_000 // FRAME_MS
"""A stretch is cut at 20 s: the recognizer's time and memory grow with its length."""


@dataclass(frozen=True)
class Stretch:
    """Uninterrupted speech.

    Attributes:
        start_ms: start of its samples in the recording.
        samples: int16 at ``SPEECH_RATE_HZ``.
    """

    start_ms: int
    samples: "NDArray[np.int16]"


def stretches(blocks: "Iterable[NDArray[np.int16]]") -> Iterator[Stretch]:
    """Cut a stream of blocks into stretches of speech. Holds one stretch at a time."""
    import numpy as np
    import pocketsphinx

    vad = pocketsphinx.Vad(VAD_MODE, SPEECH_RATE_HZ, FRAME_MS / 1000)
    before: deque[NDArray[np.int16]] = deque(maxlen=PADDING_FRAMES)
    kept: list[NDArray[np.int16]] = []
    position = speech = silence = 0
    for frame in _frames(blocks):
        position += 1
        speaks = bool(vad.is_speech(frame.tobytes()))
        if not kept and not speaks:
            before.append(frame)
            continue
        if not kept:
            kept, speech = list(before), 0
            before.clear()
        kept.append(frame)
        speech += speaks
        silence = 0 if speaks else silence + 1
        if silence >= PAUSE_FRAMES or len(kept) >= LONGEST_FRAMES:
            surplus = max(0, silence - PADDING_FRAMES)
            if speech >= MIN_SPEECH_FRAMES:
                end = len(kept) - surplus
                yield Stretch((position - len(kept)) * FRAME_MS, np.concatenate(kept[:end]))
            before.extend(kept[len(kept) - surplus :])
            kept, silence = [], 0
    if speech >= MIN_SPEECH_FRAMES and kept:
        yield Stretch((position - len(kept)) * FRAME_MS, np.concatenate(kept))


def _frames(blocks: "Iterable[NDArray[np.int16]]") -> "Iterator[NDArray[np.int16]]":
    """Yield the stream in frames of ``FRAME`` samples; drops an incomplete last frame."""
    import numpy as np

    rest = np.zeros(0, dtype=np.int16)
    for block in blocks:
        rest = np.concatenate([rest, block])
        whole = len(rest) // FRAME * FRAME
        yield from rest[:whole].reshape(-1, FRAME)
        rest = rest[whole:]

"""Spectral features that distinguish voices: mel-frequency cepstral coefficients (MFCC).

Thirty lines of numpy instead of a dependency: the method is fixed (Davis and Mermelstein 1980) and needs no
maintenance. Must not go here: decisions about speakers (``diarization.py``).
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from meeting_pipeline.media.decoding import SPEECH_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW: Final = SPEECH_RATE_HZ * 25 // 1000
"""Samples of one frame, 25 ms: short enough for a voice to sound the same throughout, as is usual."""
HOP_MS: Final = 20
"""One frame of features per 20 ms. Voices differ in averages over seconds, so denser frames would only cost time."""
HOP: Final = SPEECH_RATE_HZ * HOP_MS // 1000
"""Samples from one frame to the next."""
FFT: Final = 512
"""Points of the transform: the power of two above the window."""
MELS: Final = 32
"""Filters, evenly spaced to the ear: more than coefficients, which are made of them."""
COEFFICIENTS: Final = 20
"""More than the 13 usual in speech recognition: the higher ones describe the voice rather than the word."""
AUDIBLE_DB: Final = 30.0
"""Frames this far below the loudest ones of their stretch are pauses: they contain room noise, not the voice."""


def mfcc(samples: "NDArray[np.int16]") -> "tuple[NDArray[np.float32], NDArray[np.bool_]]":
    """Compute the features of int16 samples, ``[frames, COEFFICIENTS]``, and which frames are audible, ``[frames]``.

    Frame ``i`` begins ``i * HOP_MS`` after the first sample. The zeroth coefficient (loudness) is left out.
    """
    import numpy as np

    if len(samples) < WINDOW:
        return np.zeros((0, COEFFICIENTS), dtype=np.float32), np.zeros(0, dtype=np.bool_)
    sound = samples.astype(np.float32) / 32768
    sound[1:] -= 0.97 * sound[:-1]
    count = 1 + (len(sound) - WINDOW) // HOP
    frames = sound[np.arange(count)[:, None] * HOP + np.arange(WINDOW)]
    power = np.abs(np.fft.rfft(frames * np.hamming(WINDOW), FFT)) ** 2
    mels, cosines = _filters()
    logs = np.log(power @ mels + 1e-8)
    loudness = 10 * np.log10(power.sum(axis=1) + 1e-8)
    audible = loudness > np.percentile(loudness, 95) - AUDIBLE_DB
    return np.asarray(logs @ cosines, dtype=np.float32), np.asarray(audible)


@lru_cache(maxsize=1)
def _filters() -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Return the triangular mel filters ``[FFT / 2 + 1, MELS]`` and the cosine transform ``[MELS, COEFFICIENTS]``."""
    import numpy as np

    def mel(hz: float) -> float:
        return 2595.0 * float(np.log10(1 + hz / 700))

    points = 700 * (10 ** (np.linspace(mel(60), mel(SPEECH_RATE_HZ / 2 - 400), MELS + 2) / 2595) - 1)
    bins = np.linspace(0, SPEECH_RATE_HZ / 2, FFT // 2 + 1)[:, None]
    rising = (bins - points[:-2]) / (points[1:-1] - points[:-2])
    falling = (points[2:] - bins) / (points[2:] - points[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    steps = np.pi / MELS * (np.arange(MELS)[:, None] + 0.5)
    return triangles, np.cos(steps * np.arange(1, COEFFICIENTS + 1))

"""A speaker embedding engine that is made up: the vector tells how loud the sound is in each of sixteen bands.

It has the methods of ``sherpa_onnx.SpeakerEmbeddingExtractor`` that are used, so tones of two heights are two voices. Must not go
here: what is expected of voices.
"""

from typing import Any

import numpy as np

BANDS = 16


class Stream:
    """What one voice is made of."""

    def __init__(self) -> None:
        self.samples: Any = None

    def accept_waveform(self, sample_rate: int, samples: Any) -> None:
        assert sample_rate == 16_000
        self.samples = samples

    def input_finished(self) -> None:
        """Nothing is read ahead here."""


class ToneEngine:
    """The engine. ``broken``: it gives no numbers, as real models do for a few samples."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken

    def create_stream(self) -> Stream:
        return Stream()

    def is_ready(self, stream: Stream) -> bool:
        return len(stream.samples) >= BANDS

    def compute(self, stream: Stream) -> list[float]:
        if self.broken:
            return [float("nan")] * BANDS
        loudness = np.abs(np.fft.rfft(stream.samples)) ** 2
        return [float(np.sqrt(band.sum())) for band in np.array_split(loudness, BANDS)]

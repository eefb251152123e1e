"""A model that stands at the boundary of the library: it gives scripted words, and records what it was asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 16_000


@dataclass
class FakeWord:
    word: str
    start: float
    end: float
    probability: float = 0.9


@dataclass
class FakeSegment:
    words: list[FakeWord] | None
    avg_logprob: float = -0.3
    compression_ratio: float = 1.2
    no_speech_prob: float = 0.1


@dataclass
class FakeModel:
    """Says ``word`` once per second of each piece."""

    supported_languages: list[str] = field(default_factory=lambda: ["en", "de"])
    language: str = "en"
    word: str = " yes."
    pieces: list[int] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    detected: list[int] = field(default_factory=list)

    def detect_language(
        self, audio: Any, *, language_detection_segments: int
    ) -> tuple[str, float, list[tuple[str, float]]]:
        self.detected.append(len(audio))
        return self.language, 1.0, [(self.language, 1.0)]

    def transcribe(self, audio: Any, **options: Any) -> tuple[Iterable[FakeSegment], Any]:
        assert audio.dtype == np.float32
        assert np.abs(audio).max() <= 1
        self.pieces.append(len(audio))
        self.asked.append(options)
        return self._segments(len(audio) / RATE), None

    def _segments(self, seconds: float) -> Iterator[FakeSegment]:
        yield FakeSegment([FakeWord(self.word, at + 0.1, at + 0.5) for at in range(int(seconds))])


def loud(samples: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """A detector: speech is where a tenth of a second is loud."""
    step = RATE // 10
    loudness = [bool(np.abs(samples[at : at + step]).max() > 0.1) for at in range(0, len(samples), step)]
    start: int | None = None
    for index, speaks in enumerate([*loudness, False]):
        if speaks and start is None:
            start = index * step
        elif not speaks and start is not None:
            yield start, min(index * step, len(samples))
            start = None

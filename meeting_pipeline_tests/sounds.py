"""Sounds whose parts are known: bursts that a detector of speech takes for speech, and pauses between them.

Must not go here: recordings of people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from meeting_pipeline.media.encoding import AudioFormat, encoded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_HZ = 16_000
PITCHES = (110.0, 235.0)
"""Of two voices that are told apart."""


def voice(pitch_hz: float, seconds: float, seed: int = 0) -> NDArray[np.int16]:
    """A harmonic sound with a changing loudness, which a detector takes for speech."""
    import numpy as np

    dice = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    wobble = pitch_hz * (1 + 0.03 * np.sin(2 * np.pi * 3 * time))
    phase = 2 * np.pi * np.cumsum(wobble) / RATE_HZ
    harmonics = sum(np.sin(phase * n) / n ** (1.0 if pitch_hz < 150 else 0.4) for n in range(1, 18))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * time)
    sound = harmonics * syllables + dice.normal(0, 0.05, len(time))
    return np.asarray(np.clip(sound * 4000, -32_000, 32_000), dtype=np.int16)


def silence(seconds: float) -> NDArray[np.int16]:
    """Silence."""
    import numpy as np

    return np.zeros(int(seconds * RATE_HZ), dtype=np.int16)


def conversation(turns: Sequence[tuple[int | None, float]]) -> Iterator[NDArray[np.int16]]:
    """The sound of these turns: the number of a voice, or ``None`` for a pause, and seconds."""
    for number, (who, seconds) in enumerate(turns):
        yield silence(seconds) if who is None else voice(PITCHES[who], seconds, number)


def write(path: Path, turns: Sequence[tuple[int | None, float]], audio: AudioFormat = "wav") -> Path:
    """A file with the sound of these turns."""
    path.write_bytes(encoded(conversation(turns), audio))
    return path

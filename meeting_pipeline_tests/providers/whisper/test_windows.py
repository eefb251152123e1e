"""A stream is cut at quiet moments, and no sample is lost or moved."""

import numpy as np
import pytest
from numpy.typing import NDArray

from meeting_pipeline.providers.whisper import policies
from meeting_pipeline.providers.whisper.windows import PER_MS, quietest, windows

SECOND = 1000 * PER_MS


def noise(seconds: float) -> NDArray[np.int16]:
    return np.random.default_rng(1).integers(-5000, 5000, int(seconds * SECOND)).astype(np.int16)


def blocks(samples: NDArray[np.int16], size: int) -> list[NDArray[np.int16]]:
    return [samples[at : at + size].reshape(1, -1) for at in range(0, len(samples), size)]


@pytest.mark.parametrize("seconds", [0.0, 1.0, 119.99, 120.0, 120.01, 305.5])
@pytest.mark.parametrize("size", [4_001, 200 * SECOND])
def test_the_windows_are_the_whole_stream(seconds: float, size: int) -> None:
    samples = noise(seconds)
    found = list(windows(blocks(samples, size)))
    assert [window.start for window in found] == list(np.cumsum([0, *[w.samples.size for w in found]])[: len(found)])
    whole = np.concatenate([window.samples for window in found]) if found else np.zeros(0, dtype=np.int16)
    assert np.array_equal(whole, samples)
    assert all(window.samples.size <= policies.WINDOW_MS * PER_MS for window in found)


def test_a_window_ends_in_the_pause_near_its_end() -> None:
    samples = noise(150)
    samples[105 * SECOND : 106 * SECOND] = 0
    first = next(iter(windows(blocks(samples, SECOND))))
    assert 105 * SECOND < first.samples.size < 106 * SECOND


def test_a_steady_level_is_no_sound() -> None:
    samples = noise(2)
    samples[SECOND : SECOND + 400 * PER_MS] = 9000
    assert SECOND <= quietest(samples) <= SECOND + 400 * PER_MS

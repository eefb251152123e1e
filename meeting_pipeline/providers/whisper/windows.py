"""Cut a stream of samples into windows at quiet moments: however long the recording is, two minutes are in memory at a time.

Must not go here: what is speech (``engine.py``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from meeting_pipeline.media.decoding import SPEECH_RATE_HZ
from meeting_pipeline.providers.whisper import policies

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PER_MS: Final = SPEECH_RATE_HZ // 1000
"""Samples per millisecond."""


@dataclass(frozen=True)
class Window:
    """A part of a recording.

    Attributes:
        start: index of its first sample in the recording.
        samples: int16 at ``SPEECH_RATE_HZ``.
    """

    start: int
    samples: "NDArray[np.int16]"


def windows(blocks: "Iterable[NDArray[np.int16]]") -> Iterator[Window]:
    """Yield windows that together are the whole stream. Each but the last is cut at its quietest moment near its end."""
    import numpy as np

    most = policies.WINDOW_MS * PER_MS
    held: list[NDArray[np.int16]] = []
    size = start = 0
    for block in blocks:
        held.append(block.reshape(-1))
        size += held[-1].size
        while size >= most:
            samples = np.concatenate(held)
            cut = (
                most
                - policies.CUT_SEARCH_MS * PER_MS
                + quietest(samples[most - policies.CUT_SEARCH_MS * PER_MS : most])
            )
            yield Window(start, samples[:cut])
            start += cut
            held, size = [samples[cut:].copy()], samples.size - cut
    if size:
        yield Window(start, np.concatenate(held))


def quietest(samples: "NDArray[np.int16]") -> int:
    """Return the middle of the quietest ``QUIET_MS`` of these samples; the last of several that are equal."""
    import numpy as np

    step = 10 * PER_MS
    frames = samples[: samples.size // step * step].reshape(-1, step).astype(np.float64)
    loudness = (frames - frames.mean(axis=1, keepdims=True)) ** 2
    width = policies.QUIET_MS // 10
    sums = np.convolve(loudness.sum(axis=1), np.ones(width), mode="valid")
    last = int(sums.size - 1 - np.argmin(sums[::-1]))
    return (last + width // 2) * step

"""Encoding: samples of speech as a file that a transcription server accepts.

Must not go here: which part of a recording is encoded (``providers/parts``), decoding (``decoding.py``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final, Literal

from meeting_pipeline.media.decoding import SPEECH_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AudioFormat = Literal["mp3", "flac", "wav"]
_FRAME: Final = SPEECH_RATE_HZ // 10
"""Samples per frame passed to the encoder."""


@dataclass(frozen=True)
class Encoding:
    """How samples become a file. ``bytes_per_second``: an upper bound; ``bit_rate``: of a lossy codec."""

    codec: str
    container: str
    mime: str
    bytes_per_second: int
    bit_rate: int | None = None


ENCODINGS: Final[dict[AudioFormat, Encoding]] = {
    # 64 kbit/s is transparent for speech at 16 kHz, and every known server reads MP3.
    "mp3": Encoding("libmp3lame", "mp3", "audio/mpeg", 8_000, 64_000),
    "flac": Encoding("flac", "flac", "audio/flac", 2 * SPEECH_RATE_HZ),
    "wav": Encoding("pcm_s16le", "wav", "audio/wav", 2 * SPEECH_RATE_HZ),
}


def encoded(blocks: "Iterable[NDArray[np.int16]]", audio: AudioFormat) -> bytes:
    """Return a mono file of these samples, which are one-dimensional int16 at ``SPEECH_RATE_HZ``. Holds only the file."""
    import av
    import numpy as np

    how = ENCODINGS[audio]
    target = BytesIO()
    with av.open(target, "w", format=how.container) as container:
        stream = container.add_stream(how.codec, rate=SPEECH_RATE_HZ, layout="mono")
        if not isinstance(stream, av.AudioStream):
            raise TypeError(f"{how.codec} is not an audio codec")
        if how.bit_rate is not None:
            stream.bit_rate = how.bit_rate
        position = 0
        for samples in _frames(blocks):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None, :]), format="s16", layout="mono")
            frame.sample_rate, frame.pts = SPEECH_RATE_HZ, position
            position += len(samples)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _frames(blocks: "Iterable[NDArray[np.int16]]") -> "Iterator[NDArray[np.int16]]":
    for block in blocks:
        for start in range(0, len(block), _FRAME):
            yield block[start : start + _FRAME]

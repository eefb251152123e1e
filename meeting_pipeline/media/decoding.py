"""Decoding: audio frames of a file, and 16 kHz mono samples for the offline engine.

Belongs here: turning packets into samples, tolerating damaged ones. Must not go here: deciding whether the
file is usable (``inspection.py``) or what is said in it (``providers/offline``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meeting_pipeline.media.opening import raise_infrastructure_error

if TYPE_CHECKING:
    import numpy as np
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

SPEECH_RATE_HZ: Final = 16_000
"""Sample rate of speech recognition and voice activity detection."""


@dataclass
class DecodeTally:
    """Counters that ``decoded_frames`` updates while it runs.

    Attributes:
        audio_packets: packets of the audio stream.
        errors: audio packets that could not be decoded, and reads that failed.
        reached_s: end of the latest packet of any stream, in seconds from the start of the file.
    """

    audio_packets: int = 0
    errors: int = 0
    reached_s: float = 0.0


def decoded_frames(container: "InputContainer", stream: "AudioStream", tally: DecodeTally) -> "Iterator[AudioFrame]":
    """Decode the whole audio stream.

    A damaged packet is counted and skipped; decoding ends at a packet that cannot be read.
    """
    import av

    start_s = (container.start_time or 0) / av.time_base
    packets = container.demux()
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError as error:
            raise_infrastructure_error(error)
            tally.errors += 1
            return
        if packet is None:
            return
        if packet.pts is not None and packet.time_base is not None:
            end_s = float((packet.pts + (packet.duration or 0)) * packet.time_base) - start_s
            tally.reached_s = max(tally.reached_s, end_s)
        if packet.stream is not stream:
            continue
        tally.audio_packets += packet.size > 0
        try:
            frames = stream.decode(packet)
        except av.error.FFmpegError as error:
            raise_infrastructure_error(error)
            tally.errors += 1
            continue
        yield from frames


def decode_pcm16k_mono(path: Path) -> "Iterator[NDArray[np.int16]]":
    """Yield the samples as one-dimensional blocks of int16 at ``SPEECH_RATE_HZ``.

    Only one block is in memory at a time. Damaged packets are skipped.
    Raises: IntakeRefused, as ``opened``.
    """
    from av import AudioResampler

    from meeting_pipeline.media.opening import opened

    with opened(path) as (container, stream):
        resampler: AudioResampler | None = None
        shape: tuple[str, str, int] | None = None
        for frame in decoded_frames(container, stream, DecodeTally()):
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if resampler is None or now != shape:
                # A stream may change its layout midway; a resampler accepts only its first layout.
                yield from _blocks(resampler, None)
                resampler, shape = AudioResampler(format="s16", layout="mono", rate=SPEECH_RATE_HZ), now
            # Gaps in time stamps would make the resampler insert or drop samples; only the samples count.
            frame.pts = None
            yield from _blocks(resampler, frame)
        yield from _blocks(resampler, None)


def _blocks(resampler: "AudioResampler | None", frame: "AudioFrame | None") -> "Iterator[NDArray[np.int16]]":
    import numpy as np

    if resampler is None:
        return
    for resampled in resampler.resample(frame):
        yield np.asarray(resampled.to_ndarray(), dtype=np.int16).reshape(-1)

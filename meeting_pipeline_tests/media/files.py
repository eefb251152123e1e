"""Real media files, made at test time.

Must not go here: what should be said of them (the tests).
"""

from pathlib import Path
from typing import Any

import av
import numpy as np

RATE_HZ = 48_000
ENCODERS = {
    "wav": ("wav", "pcm_s16le"),
    "mp3": ("mp3", "libmp3lame"),
    "m4a": ("mp4", "aac"),
    "mp4": ("mp4", "aac"),
    "mov": ("mov", "aac"),
    "webm": ("webm", "libopus"),
    "mkv": ("matroska", "libopus"),
    "ogg": ("ogg", "libopus"),
    "opus": ("ogg", "libopus"),
    "flac": ("flac", "flac"),
    "aac": ("adts", "aac"),
}
"""Ending -> container and codec."""


def tone(seconds: float, *, amplitude: float = 0.3) -> "np.ndarray[Any, Any]":
    """A 440 Hz tone as 16-bit samples."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    samples: np.ndarray[Any, Any] = (amplitude * 32767 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
    return samples


def write_media(
    path: Path, seconds: float = 2.0, *, amplitude: float = 0.3, video: bool = False, sound: bool = True
) -> Path:
    """A recording in the format of the path's ending."""
    container_name, codec = ENCODERS[path.suffix.removeprefix(".")]
    with av.open(str(path), "w", format=container_name) as container:
        audio = container.add_stream(codec, rate=RATE_HZ, layout="mono") if sound else None
        if video:
            _add_video(container, seconds)
        if audio is not None:
            frame = av.AudioFrame.from_ndarray(tone(seconds, amplitude=amplitude)[None, :], format="s16", layout="mono")
            frame.sample_rate = RATE_HZ
            resampler = av.AudioResampler(
                format=audio.codec_context.format,
                layout="mono",
                rate=RATE_HZ,
                frame_size=audio.codec_context.frame_size,
            )
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(audio.encode(piece))
            container.mux(audio.encode(None))
    return path


def _add_video(container: Any, seconds: float) -> None:
    stream = container.add_stream("mpeg4", rate=5)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for _ in range(int(seconds * 5)):
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
    container.mux(stream.encode(None))

"""Real media files for tests, created with PyAV when a test needs them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE_HZ = 48_000


def tone(seconds: float, peak: float) -> np.ndarray:
    """A 220 Hz tone as int16 ``[1, samples]``."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.round(peak * np.sin(2 * np.pi * 220 * time) * 32767).astype(np.int16)[None, :]


def write_media(
    path: Path,
    codec: str | None,
    *,
    seconds: float = 3.0,
    peak: float = 0.3,
    video: bool = False,
    video_seconds: float | None = None,
    options: dict[str, str] | None = None,
    title: str | None = None,
) -> Path:
    """Write a file whose container follows from its extension. ``codec`` is the audio codec; ``None`` means no audio.

    The video, if any, is as long as the audio unless ``video_seconds`` is given.
    """
    with av.open(str(path), "w", options=options or {}) as container:
        if title:
            container.metadata["title"] = title
        audio = container.add_stream(codec, rate=RATE_HZ) if codec else None
        assert audio is None or isinstance(audio, av.AudioStream)
        picture = container.add_stream("mpeg4", rate=10) if video else None
        if audio is not None:
            audio.layout = "mono"
        if picture is not None:
            picture.width = picture.height = 64
            picture.pix_fmt = "yuv420p"
            for index in range(round((video_seconds or seconds) * 10)):
                frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
                frame.pts, frame.time_base = index, Fraction(1, 10)
                container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        if audio is not None:
            sound = av.AudioFrame.from_ndarray(tone(seconds, peak), format="s16", layout="mono")
            sound.sample_rate = RATE_HZ
            resampler = av.AudioResampler(
                format=audio.codec_context.format,
                layout="mono",
                rate=RATE_HZ,
                frame_size=audio.codec_context.frame_size or 1024,
            )
            for block in [*resampler.resample(sound), *resampler.resample(None)]:
                container.mux(audio.encode(block))
            container.mux(audio.encode(None))
    return path


def cut(path: Path, share: float) -> Path:
    """Keep only this share of a file, from its beginning."""
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    return path

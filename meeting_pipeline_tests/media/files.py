"""Real media files for tests, created with PyAV when a test needs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.packet import Packet

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


@dataclass(frozen=True)
class Sound:
    """A tone in a track: when it begins, how long it lasts, and in which phase each channel has it (0: silent)."""

    start_s: float = 0.0
    seconds: float = 2.0
    channels: tuple[float, ...] = (1.0,)
    hz: float = 220.0
    peak: float = 0.3


def write_tracks(
    path: Path,
    *tracks: Sequence[Sound],
    codec: str = "aac",
    rate: int = 16_000,
    picture_seconds: float = 0.0,
    container: str | None = None,
    start_s: float = 0.0,
) -> Path:
    """Write a file with these audio tracks. Between the sounds of a track there are no samples: only time stamps tell.

    ``picture_seconds``: a video track of this length from the beginning. ``start_s`` is added to all time stamps.
    """
    with av.open(str(path), "w", format=container) as output:
        picture = output.add_stream("mpeg4", rate=10) if picture_seconds else None
        streams = []
        for sounds in tracks:
            stream = output.add_stream(codec, rate=rate, layout=layout_of(len(sounds[0].channels)))
            assert isinstance(stream, av.AudioStream)
            if codec == "wmav2":  # it has no default
                stream.bit_rate = 64_000
            streams.append(stream)
        packets: list[Packet[Any]] = []
        if picture is not None:
            picture.width = picture.height = 64
            picture.pix_fmt = "yuv420p"
            for index in range(round(picture_seconds * 10)):
                shown = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
                shown.pts, shown.time_base = index, Fraction(1, 10)
                packets += picture.encode(shown)
            packets += picture.encode(None)
        for stream, sounds in zip(streams, tracks, strict=True):
            packets += _encoded(stream, sounds, rate, start_s)
        packets.sort(key=lambda packet: float((packet.dts or 0) * packet.time_base))
        for packet in packets:
            output.mux(packet)
    return path


def layout_of(channels: int) -> str:
    """The name of a layout with this many channels."""
    return {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}.get(channels, f"{channels} channels")


def _encoded(stream: av.AudioStream, sounds: Sequence[Sound], rate: int, start_s: float) -> "list[Packet[Any]]":
    """The packets of a track. Each sound is coded in whole frames, placed at its time."""
    packets: list[Packet[Any]] = []
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(format=stream.codec_context.format, layout=stream.layout, rate=rate, frame_size=size)
    for sound in sounds:
        time = np.arange(-(-round(sound.seconds * rate) // size) * size) / rate
        wave = sound.peak * np.sin(2 * np.pi * sound.hz * time)
        samples = np.stack([wave * phase for phase in sound.channels])
        packed = np.ascontiguousarray(np.round(samples * 32767).astype(np.int16).T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=stream.layout.name)
        frame.sample_rate = rate
        position = round((start_s + sound.start_s) * rate)
        for block in [*resampler.resample(frame), *resampler.resample(None)]:
            block.pts, block.time_base = position, Fraction(1, rate)
            position += block.samples
            packets += stream.encode(block)
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout=stream.layout, rate=rate, frame_size=size
        )
    packets += stream.encode(None)
    return packets

"""Small real recordings with unique content: a second of noise that differs for every name.

Must not go here: dropping them (``system.py``).
"""

from __future__ import annotations

import io
import random
import struct
import wave

RATE_HZ = 8_000
AMPLITUDE = 6_000


def samples(name: str, seconds: float = 1.0) -> bytes:
    """Noise as 16-bit mono samples, the same for the same name."""
    dice = random.Random(name)
    count = int(RATE_HZ * seconds)
    return struct.pack(f"<{count}h", *dice.choices(range(-AMPLITUDE, AMPLITUDE + 1), k=count))


def wav(name: str, seconds: float = 1.0) -> bytes:
    """A WAV file."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples(name, seconds))
    return target.getvalue()


def mp4(name: str, seconds: float = 2.0) -> bytes:
    """An MP4 file with one AAC track."""
    import av
    import numpy as np

    target = io.BytesIO()
    noise = np.frombuffer(samples(name, seconds), dtype=np.int16).reshape(1, -1)
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(noise, format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def vtt(*lines: tuple[str, str]) -> str:
    """A transcript export with one cue of five seconds per (speaker, words) pair."""
    cues = []
    for number, (speaker, words) in enumerate(lines):
        start, end = number * 5, number * 5 + 4
        cues.append(f"{_clock(start)} --> {_clock(end)}\n<v {speaker}>{words}</v>")
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"

"""Inspects a recording at intake: decodes it completely, measures it, and rejects it with a reason if it is not usable.

Belongs here: rules about what a usable recording is. Add a rule with a code, a message and advice, and add a
file that breaks it to the tests. Must not go here: opening (``opening.py``) and decoding (``decoding.py``).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.recording import MediaFacts
from meeting_pipeline.domain.text import clock
from meeting_pipeline.media import policies
from meeting_pipeline.media.decoding import DecodeTally, decoded_frames
from meeting_pipeline.media.formats import too_large
from meeting_pipeline.media.opening import opened
from meeting_pipeline.media.recorded_at import recorded_at

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer


def inspect_media(path: Path) -> MediaFacts:
    """Decode the whole audio of a file once and return its facts.

    The duration is that of the decoded samples: a header may claim anything. Decoding stops as soon as
    ``shared_policies.MAX_RECORDING_HOURS`` is exceeded, which limits the cost of a small file that unpacks to days.
    A truncated WAV or Ogg file cannot be detected: its length is that of the file.

    Raises: IntakeRefused ``not_media``, ``no_audio_stream``, ``too_short``, ``too_long``, ``too_large``,
        ``truncated``, ``damaged``, ``silent``, ``odd_sample_rate``.
    """
    if path.stat().st_size > shared_policies.MAX_RECORDING_BYTES:
        raise too_large()
    with opened(path) as (container, stream):
        declared_s = _declared_seconds(path, container, stream)
        codec = stream.codec_context.codec.canonical_name
        container_name = _plain_name(container.format.name, path)
        recorded = recorded_at(container.metadata)
        tally = DecodeTally()
        rate = channels = 0
        seconds = peak = 0.0
        for frame in decoded_frames(container, stream, tally):
            if frame.sample_rate <= 0:
                continue
            rate, channels = frame.sample_rate, frame.layout.nb_channels
            if not policies.MIN_SAMPLE_RATE_HZ <= rate <= policies.MAX_SAMPLE_RATE_HZ:
                raise _odd_rate(rate)
            seconds += frame.samples / frame.sample_rate
            if seconds > shared_policies.MAX_RECORDING_HOURS * 3600:
                raise _too_long()
            if peak < policies.SILENCE_PEAK:
                peak = max(peak, _peak(frame))
    _judge_damage(rate, seconds, tally)
    _judge_length(seconds, max(seconds, tally.reached_s), declared_s)
    if peak < policies.SILENCE_PEAK:
        raise IntakeRefused(
            "silent",
            "The recording is silent from beginning to end.",
            "Check the microphone and the input that was recorded, and export the recording again.",
        )
    return MediaFacts(
        duration_ms=round(seconds * 1000),
        codec=codec,
        container=container_name,
        sample_rate_hz=rate,
        channels=channels,
        recorded_at=recorded,
    )


def _declared_seconds(path: Path, container: "InputContainer", stream: "AudioStream") -> float | None:
    """The duration that the header claims; ``None`` where FFmpeg only estimates it from the bit rate."""
    import av

    name = container.format.name
    if name == "aac" or (name == "mp3" and not _mp3_counts_frames(path)):
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / av.time_base


def _plain_name(demuxer: str, path: Path) -> str:
    """One name from FFmpeg's list (``mov,mp4,m4a,...``): the extension if it is in the list, else the first."""
    names = demuxer.split(",")
    suffix = path.suffix.lower().removeprefix(".")
    return suffix if suffix in names else names[0]


def _mp3_counts_frames(path: Path) -> bool:
    """Whether the first MP3 frame has a Xing, Info or VBRI header, which counts the frames of the file."""
    with path.open("rb") as file:
        head = file.read(10)
        # ID3v2: four size bytes of seven bits each (id3.org, ID3v2.4.0 section 3.1).
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))
        file.seek(size + 10 if head[:3] == b"ID3" else 0)
        start = file.read(2048)
    return any(mark in start for mark in (b"Xing", b"Info", b"VBRI"))


def _peak(frame: "AudioFrame") -> float:
    """Largest absolute sample of a frame, from 0 to 1."""
    import numpy as np

    samples = frame.to_ndarray()
    if samples.size == 0:
        return 0.0
    if samples.dtype == np.uint8:
        return float(np.abs(samples.astype(np.int16) - 128).max()) / 128
    scale = 1.0 if samples.dtype.kind == "f" else 2.0 ** (8 * samples.dtype.itemsize - 1)
    # Convert to float first: the absolute value of the lowest integer does not fit into its type.
    return max(float(samples.max()), -float(samples.min())) / scale


def _judge_damage(rate: int, seconds: float, tally: DecodeTally) -> None:
    if rate <= 0 or seconds <= 0:
        raise IntakeRefused(
            "damaged",
            "The file looks like a recording, but no sound could be decoded from it.",
            "Open it in a player; if it does not play, export or copy it again.",
        )
    if tally.errors > policies.DAMAGED_PACKET_SHARE * max(tally.audio_packets, 1):
        raise IntakeRefused(
            "damaged",
            f"{tally.errors} of {tally.audio_packets} pieces of the sound are damaged.",
            "Copy the file again from where it was recorded.",
        )


def _judge_length(seconds: float, reached_s: float, declared_s: float | None) -> None:
    """Check the length. ``reached_s`` is the end of the last packet: pauses that a recorder left out are not missing."""
    if declared_s is not None:
        tolerance = max(policies.TRUNCATION_MIN_SECONDS, policies.TRUNCATION_TOLERANCE * declared_s)
        if reached_s < declared_s - tolerance:
            raise IntakeRefused(
                "truncated",
                f"The file announces {clock(round(declared_s) * 1000)} of sound, "
                f"but only {clock(round(reached_s) * 1000)} are there.",
                "The copy was probably interrupted: copy the file again.",
            )
    if seconds * 1000 < policies.MIN_RECORDING_MS:
        raise IntakeRefused(
            "too_short",
            f"The recording lasts {seconds * 1000:.0f} ms, less than {policies.MIN_RECORDING_MS} ms.",
            "Check that this is the right file.",
        )


def _odd_rate(rate: int) -> IntakeRefused:
    return IntakeRefused(
        "odd_sample_rate",
        f"The file says that it has {rate:,} samples a second; recordings of speech have "
        f"{policies.MIN_SAMPLE_RATE_HZ:,} to {policies.MAX_SAMPLE_RATE_HZ:,}.",
        "Its header is probably wrong: export the recording again, at 16 or 48 kHz.",
    )


def _too_long() -> IntakeRefused:
    return IntakeRefused(
        "too_long",
        f"The recording is longer than {shared_policies.MAX_RECORDING_HOURS:g} hours.",
        "Split it into parts and submit each of them.",
    )

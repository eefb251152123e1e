"""Inspects a recording at intake: decodes it completely, measures it, and rejects it with a reason if it is not usable.

Belongs here: rules about what a usable recording is. Add a rule with a code, a message and advice, and add a
file that breaks it to the tests. Must not go here: opening (``opening.py``) and decoding (``decoding.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.recording import MediaFacts, SoundTrack
from meeting_pipeline.domain.text import clock
from meeting_pipeline.media import policies
from meeting_pipeline.media.channels import ChannelMeter
from meeting_pipeline.media.formats import PLAYED_CODECS, PLAYED_CONTAINERS, too_large
from meeting_pipeline.media.joined import second_file_at
from meeting_pipeline.media.mp3_header import announced_frames, samples_per_frame
from meeting_pipeline.media.opening import OpenedFile, opened
from meeting_pipeline.media.packets import DecodeTally, decoded_frames
from meeting_pipeline.media.recorded_at import recorded_at
from meeting_pipeline.media.timeline import Timeline, origin_s, tick_s

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer


def inspect_media(path: Path, *, multichannel: bool = False) -> MediaFacts:
    """Decode the whole sound of a file once and return its facts.

    The duration is that of the decoded samples and the gaps between them, or of the pictures if they last longer: a header
    may claim anything. Decoding stops as soon as ``shared_policies.MAX_RECORDING_HOURS`` is exceeded, which limits the cost
    of a small file that unpacks to days. A truncated WAV or Ogg file cannot be detected: its length is that of the file.

    ``multichannel``: each channel is one speaker, so all channels are measured thoroughly.
    Raises: IntakeRefused ``not_media``, ``no_audio_stream``, ``unknown_codec``, ``too_many_tracks``, ``too_short``,
        ``too_long``, ``too_large``, ``truncated``, ``damaged``, ``silent``, ``odd_sample_rate``, ``joined_files``.
    """
    if path.stat().st_size > shared_policies.MAX_RECORDING_BYTES:
        raise too_large()
    with opened(path) as file:
        declared_s = _declared_seconds(path, file.container, file.tracks[0])
        origin = origin_s(file.container)
        tally = DecodeTally()
        found = {
            track.index: _Measured(Timeline(origin, tick_s(track)), ChannelMeter(thorough=multichannel))
            for track in file.tracks
        }
        for index, frame in decoded_frames(file.container, file.tracks, tally, path):
            found[index].add(frame)
        if second_file_at(path, tally.read_to) is not None:
            raise _joined()
        heard = [track for track in file.tracks if found[track.index].meter.peak >= policies.SILENCE_PEAK]
        seconds = max((measured.timeline.end_s for measured in found.values()), default=0.0)
        decoded_s = max(measured.seconds for measured in found.values())
        _judge_damage(decoded_s, tally, [track.index for track in heard])
        _judge_length(decoded_s, max(seconds + max(origin, 0.0), tally.reached_s), declared_s)
        if not heard:
            raise _silent()
        main, measured = heard[0], found[heard[0].index]
        pictures_s = tally.reached_s - origin
        if seconds < pictures_s <= shared_policies.MAX_RECORDING_HOURS * 3600:
            seconds = pictures_s
        return MediaFacts(
            duration_ms=round(seconds * 1000),
            codec=main.codec_context.codec.canonical_name,
            container=_plain_name(file.container.format.name, path),
            sample_rate_hz=measured.rate_hz,
            channels=measured.channels,
            recorded_at=recorded_at(file.container.metadata),
            tracks=tuple(found[track.index].sound_track(track.index) for track in heard),
            preparation=tuple(_reasons(file, heard, [found[track.index] for track in heard], origin)),
            tracks_left_out=file.left_out + sum(measured.seconds == 0 for measured in found.values()),
        )


@dataclass
class _Measured:
    """What is known of one track so far. ``seconds``: length of its decoded samples."""

    timeline: Timeline
    meter: ChannelMeter
    rate_hz: int = 0
    channels: int = 0
    seconds: float = 0.0

    def sound_track(self, stream: int) -> SoundTrack:
        """What was measured, as a fact of this stream of the file."""
        return SoundTrack(stream=stream, weights=self.meter.weights(), voices=self.meter.voices())

    def add(self, frame: "AudioFrame") -> None:
        """Measure a frame. Raises: IntakeRefused ``odd_sample_rate``, ``too_long``."""
        rate = frame.sample_rate
        if not policies.MIN_SAMPLE_RATE_HZ <= rate <= policies.MAX_SAMPLE_RATE_HZ:
            raise _odd_rate(rate)
        self.rate_hz, self.channels = rate, frame.layout.nb_channels
        self.seconds += frame.samples / rate
        self.timeline.add(frame)
        if self.timeline.end_s > shared_policies.MAX_RECORDING_HOURS * 3600:
            raise _too_long()
        self.meter.add(frame)


def _silent() -> IntakeRefused:
    return IntakeRefused(
        "silent",
        "The recording is silent from beginning to end.",
        "Check the microphone and the input that was recorded, and export the recording again.",
    )


def _reasons(
    file: OpenedFile, heard: "Sequence[AudioStream]", measured: Sequence[_Measured], origin: float
) -> list[str]:
    """Why a prepared copy is needed: players and providers would hear something else, or at another time, or nothing."""
    reasons = []
    if any(one.timeline.gaps_s >= policies.PREPARED_GAP_SECONDS for one in measured):
        reasons.append("gaps")
    if abs(origin) >= policies.PREPARED_GAP_SECONDS:
        reasons.append("start")
    if len(heard) > 1 or heard[0].index != file.tracks[0].index:
        reasons.append("tracks")
    if any(one.channels > 2 for one in measured):
        reasons.append("channels")
    if any(one.channels > 1 and one.meter.cancels_out() for one in measured):
        reasons.append("phase")
    codec = heard[0].codec_context.codec.canonical_name
    if file.container.format.name not in PLAYED_CONTAINERS or not codec.startswith(PLAYED_CODECS):
        reasons.append("format")
    return reasons


def _declared_seconds(path: Path, container: "InputContainer", stream: "AudioStream") -> float | None:
    """The duration that the header claims; ``None`` where FFmpeg only estimates it from the bit rate."""
    import av

    name = container.format.name
    if name == "mp3":
        frames = announced_frames(path)
        return None if frames is None else frames * samples_per_frame(stream.rate) / stream.rate
    if name in ("aac", "amr", "mpegts"):
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / av.time_base


def _plain_name(demuxer: str, path: Path) -> str:
    """One name from FFmpeg's list (``mov,mp4,m4a,...``): the extension if it is in the list, else the first."""
    names = demuxer.split(",")
    suffix = path.suffix.lower().removeprefix(".")
    return suffix if suffix in names else names[0]


def _judge_damage(seconds: float, tally: DecodeTally, heard: Sequence[int]) -> None:
    """Check how much could be decoded of the tracks that are heard, or of all if none is."""
    if seconds <= 0:
        raise IntakeRefused(
            "damaged",
            "The file looks like a recording, but no sound could be decoded from it.",
            "Open it in a player; if it does not play, export or copy it again.",
        )
    judged = heard or list(tally.packets)
    packets = sum(tally.packets[index] for index in judged)
    errors = sum(tally.undecoded[index] for index in judged) + tally.failed_reads
    if errors > policies.DAMAGED_PACKET_SHARE * max(packets, 1):
        raise IntakeRefused(
            "damaged",
            f"{errors} of {packets} pieces of the sound are damaged.",
            "Copy the file again from where it was recorded.",
        )


def _judge_length(seconds: float, reached_s: float, declared_s: float | None) -> None:
    """Check the length. ``reached_s`` is the end of the last packet: pauses that a recorder left out are not missing."""
    if declared_s is not None:
        tolerance = max(policies.TRUNCATION_MIN_SECONDS, policies.TRUNCATION_TOLERANCE * declared_s)
        if reached_s < declared_s - tolerance:
            raise IntakeRefused(
                "truncated",
                f"According to its header, the file has {clock(round(declared_s) * 1000)} of sound, but only "
                f"{clock(round(reached_s) * 1000)} are there.",
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


def _joined() -> IntakeRefused:
    return IntakeRefused(
        "joined_files",
        "The file is several recordings joined end to end, and players play only the first.",
        "Submit the parts, or join them with an audio editor.",
    )


def _too_long() -> IntakeRefused:
    return IntakeRefused(
        "too_long",
        f"The recording is longer than {shared_policies.MAX_RECORDING_HOURS:g} hours.",
        "Split it into parts and submit each of them.",
    )

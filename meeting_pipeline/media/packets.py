"""Packets to frames: audio frames of a file, in the order of the file, tolerating damaged ones.

Must not go here: resampling, silence (``tracks.py``), deciding whether the file is usable (``inspection.py``).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meeting_pipeline.media.opening import raise_infrastructure_error
from meeting_pipeline.media.tags import sound_end
from meeting_pipeline.media.timeline import is_on_timeline, tick_s

if TYPE_CHECKING:
    from collections.abc import Collection

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet


@dataclass
class DecodeTally:
    """Counters that ``decoded_frames`` updates while it runs.

    Attributes:
        packets: packets of each decoded stream, by its index.
        undecoded: packets of each that could not be decoded.
        failed_reads: reads that failed.
        read_to: offset of the end of the last packet in the file.
        reached_s: end of the latest packet of sound or moving pictures, in seconds as stamped in the file.
    """

    packets: Counter[int] = field(default_factory=Counter)
    undecoded: Counter[int] = field(default_factory=Counter)
    failed_reads: int = 0
    reached_s: float = 0.0
    read_to: int = 0


def decoded_frames(
    container: "InputContainer", tracks: "Collection[AudioStream]", tally: DecodeTally, path: Path
) -> "Iterator[tuple[int, AudioFrame]]":
    """Decode whole audio streams. Yields the index of the stream and a frame.

    A damaged packet is counted and skipped; decoding ends at a packet that cannot be read. Tags behind the sound, such as
    covers, are not packets of it.
    """
    import av

    wanted = {stream.index: stream for stream in tracks}
    ticks = {stream.index: tick_s(stream) for stream in container.streams if is_on_timeline(stream)}
    for packet in _packets(container, tally, path):
        index = packet.stream.index  # ``packet.stream_index`` is 0 in the last, empty packet of each stream
        if packet.pts is not None and index in ticks:
            tally.reached_s = max(tally.reached_s, (packet.pts + (packet.duration or 0)) * ticks[index])
        stream = wanted.get(index)
        if stream is None:
            continue
        tally.packets[index] += packet.size > 0
        try:
            frames = stream.decode(packet)
        except av.error.FFmpegError as error:
            raise_infrastructure_error(error, path)
            tally.undecoded[index] += 1
            continue
        for frame in frames:
            if frame.sample_rate > 0 and frame.samples > 0 and frame.layout.nb_channels > 0:
                yield index, frame


def _packets(container: "InputContainer", tally: DecodeTally, path: Path) -> "Iterator[Packet[Any]]":
    """The packets of a file, up to one that cannot be read, without those that lie in tags."""
    import av

    end = sound_end(path)
    packets = container.demux()
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError as error:
            raise_infrastructure_error(error, path)
            tally.failed_reads += 1
            return
        if packet is None:
            return
        if packet.pos is not None and packet.size:
            if packet.pos >= end:
                continue
            tally.read_to = max(tally.read_to, packet.pos + packet.size)
        yield packet

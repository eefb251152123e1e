"""Decoding: the audio of a whole file as 16 kHz samples, with its tracks mixed to mono or as one row per voice.

Must not go here: decoding one track (``tracks.py``), deciding whether the file is usable and which tracks are used
(``inspection.py``), recognising speech (``providers/offline``).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meeting_pipeline.domain.recording import SoundTrack
from meeting_pipeline.media.opening import opened
from meeting_pipeline.media.tracks import SPEECH_RATE_HZ as SPEECH_RATE_HZ  # who takes samples needs their rate
from meeting_pipeline.media.tracks import decode_track

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK: Final = SPEECH_RATE_HZ // 2
"""Tracks are put together in blocks of half a second."""


def decode_pcm16k(
    path: Path, tracks: Sequence[SoundTrack] = (), *, each_channel: bool = False
) -> "Iterator[NDArray[np.int16]]":
    """Yield the audio as blocks ``[rows, samples]`` of int16 at ``SPEECH_RATE_HZ``, on the timeline of the file.

    ``tracks``: those that are heard; without them, all. One row: everything mixed. With ``each_channel``, one row per voice.
    Each track is read through its own reader, so memory does not depend on how the file interleaves them.
    Raises: IntakeRefused, as ``opened``.
    """
    found = tuple(tracks) or _all_tracks(path)
    if len(found) == 1:
        yield from decode_track(path, found[0], each_channel=each_channel)
        return
    yield from _together([_Rows(path, track, each_channel=each_channel) for track in found], each_channel=each_channel)


def decode_pcm16k_mono(path: Path) -> "Iterator[NDArray[np.int16]]":
    """Yield the mixed samples as one-dimensional blocks. See ``decode_pcm16k``."""
    for block in decode_pcm16k(path):
        yield block[0]


def channel_count(path: Path) -> int:
    """Number of channels, over all tracks. Raises: IntakeRefused, as ``opened``."""
    return sum(len(track.voices) for track in _all_tracks(path))


def decode_pcm16k_channel(path: Path, channel: int) -> "Iterator[NDArray[np.int16]]":
    """Yield the samples of one channel, counted over all tracks, as one-dimensional blocks. See ``decode_pcm16k``."""
    for track in _all_tracks(path):
        if channel < len(track.voices):
            one = track.model_copy(update={"voices": (channel,)})
            for block in decode_track(path, one, each_channel=True):
                yield block[0]
            return
        channel -= len(track.voices)


def _all_tracks(path: Path) -> tuple[SoundTrack, ...]:
    with opened(path) as file:
        channels = [(track.index, max(1, track.codec_context.channels)) for track in file.tracks]
    return tuple(SoundTrack(stream=index, weights=(), voices=tuple(range(count))) for index, count in channels)


class _Rows:
    """The rows of one track, in pieces of any size; silence after its end."""

    def __init__(self, path: Path, track: SoundTrack, *, each_channel: bool) -> None:
        import numpy as np

        self._blocks = decode_track(path, track, each_channel=each_channel)
        self._rest = np.zeros((len(track.voices) if each_channel else 1, 0), dtype=np.int16)
        self._ended = False

    def take(self, size: int) -> "tuple[NDArray[np.int16], int]":
        """The next ``size`` samples, and how many of them are of the track."""
        import numpy as np

        parts = [self._rest]
        held = self._rest.shape[1]
        while held < size and not self._ended:
            block = next(self._blocks, None)
            if block is None:
                self._ended = True
            else:
                parts.append(block)
                held += block.shape[1]
        joined = np.concatenate(parts, axis=1)
        self._rest = joined[:, size:]
        real = min(held, size)
        return np.pad(joined[:, :size], ((0, 0), (0, size - real))), real


def _together(tracks: Sequence[_Rows], *, each_channel: bool) -> "Iterator[NDArray[np.int16]]":
    import numpy as np

    share = len(tracks) ** -0.5  # voices rarely overlap: their mean would be too quiet, their sum may clip
    while True:
        taken = [track.take(_BLOCK) for track in tracks]
        size = max(real for _, real in taken)
        if size == 0:
            return
        if each_channel:
            yield np.concatenate([rows for rows, _ in taken])[:, :size]
            continue
        total = sum(rows[:, :size].astype(np.float32) for rows, _ in taken) * share
        yield np.clip(np.rint(total), -32768, 32767).astype(np.int16)

"""One audio track as 16 kHz samples on the timeline of its file.

Belongs here: resampling, and silence for gaps. Must not go here: combining tracks (``decoding.py``), recognising speech
(``providers/offline``).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meeting_pipeline.media.channels import mono, samples_of
from meeting_pipeline.media.opening import opened
from meeting_pipeline.media.packets import DecodeTally, decoded_frames
from meeting_pipeline.media.timeline import Timeline, origin_s, tick_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from numpy.typing import NDArray

    from meeting_pipeline.domain.recording import SoundTrack

SPEECH_RATE_HZ: Final = 16_000
"""Sample rate of speech recognition and voice activity detection."""
_PIECES_PER_SECOND: Final = 4
"""Frames are joined to pieces before they are resampled: frames of 20 ms take a third longer."""
_SILENCE_BLOCK: Final = SPEECH_RATE_HZ // 2
"""Silence is made in blocks of half a second, however long a gap is."""


def decode_track(path: Path, track: "SoundTrack", *, each_channel: bool) -> "Iterator[NDArray[np.int16]]":
    """Yield the samples of one track as blocks ``[rows, samples]`` of int16 at ``SPEECH_RATE_HZ``, on the file's timeline.

    One row: the channels mixed by ``track.weights``. With ``each_channel``, one row for each of ``track.voices``.
    Only one block is in memory at a time. Damaged packets are skipped.
    Raises: IntakeRefused, as ``opened``.
    """
    import av

    rows = len(track.voices) if each_channel else 1
    with opened(path) as file:
        streams = [stream for stream in file.tracks if stream.index == track.stream]
        timeline = Timeline(origin_s(file.container), max((tick_s(stream) for stream in streams), default=0.0))
        for stream in file.container.streams:
            if stream.index != track.stream:
                stream.discard = av.stream.Discard.all
        resampling = _Resampling(rows)
        shape: tuple[int, int] | None = None
        for _, frame in decoded_frames(file.container, streams, DecodeTally(), path):
            start_s = timeline.end_s
            gap_s = timeline.add(frame)
            now = (frame.layout.nb_channels, frame.sample_rate)
            if now != shape or gap_s:
                yield from resampling.end()  # a resampler accepts only its first rate, and knows of no gaps
                shape = now
            if gap_s:
                yield from resampling.silence(round((start_s + gap_s) * SPEECH_RATE_HZ))
            yield from resampling.add(_rows(frame, track, each_channel=each_channel), frame.sample_rate)
        yield from resampling.end()


def _rows(frame: "AudioFrame", track: "SoundTrack", *, each_channel: bool) -> "NDArray[np.float32]":
    """The samples of a frame as ``[rows, samples]``."""
    import numpy as np

    samples = samples_of(frame)
    if not each_channel:
        return mono(samples, track.weights)[None, :]
    parts = [samples[voice] if voice < len(samples) else samples.mean(axis=0) for voice in track.voices]
    return np.stack(parts)


class _Resampling:
    """Resamples rows to ``SPEECH_RATE_HZ``, in larger pieces than frames, because each piece costs extra.

    Time stamps are kept outside: a resampler would insert or drop samples wherever one jitters.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._given = 0
        self._rate = 0
        self._held: list[NDArray[np.float32]] = []
        self._samples = 0
        self._resamplers: list[AudioResampler] = []

    def add(self, rows: "NDArray[np.float32]", rate: int) -> "Iterator[NDArray[np.int16]]":
        """Take samples at this rate, the same until ``end``."""
        self._rate = rate
        self._held.append(rows)
        self._samples += rows.shape[1]
        if self._samples >= rate // _PIECES_PER_SECOND:
            yield from self._flush()

    def end(self) -> "Iterator[NDArray[np.int16]]":
        """Give everything that is held; the next samples may have another rate."""
        yield from self._flush()
        if self._resamplers:
            yield from self._resampled([None] * self._rows)
        self._resamplers = []

    def silence(self, until: int) -> "Iterator[NDArray[np.int16]]":
        """Give silence up to this sample of the whole track. After ``end``."""
        import numpy as np

        while self._given < until:
            size = min(until - self._given, _SILENCE_BLOCK)
            self._given += size
            yield np.zeros((self._rows, size), dtype=np.int16)

    def _flush(self) -> "Iterator[NDArray[np.int16]]":
        import av
        import numpy as np

        if not self._held:
            return
        if not self._resamplers:
            make = av.AudioResampler
            self._resamplers = [make(format="s16", layout="mono", rate=SPEECH_RATE_HZ) for _ in range(self._rows)]
        joined = np.concatenate(self._held, axis=1)
        self._held, self._samples = [], 0
        frames: list[AudioFrame | None] = []
        for row in joined:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(row)[None, :], format="fltp", layout="mono")
            frame.sample_rate = self._rate
            frames.append(frame)
        yield from self._resampled(frames)

    def _resampled(self, frames: "Sequence[AudioFrame | None]") -> "Iterator[NDArray[np.int16]]":
        """Resample one frame per row. All rows get the same numbers of samples."""
        import numpy as np

        parts = [
            [np.asarray(part.to_ndarray(), dtype=np.int16).reshape(-1) for part in resampler.resample(frame)]
            for resampler, frame in zip(self._resamplers, frames, strict=True)
        ]
        rows = [np.concatenate(part) if part else np.zeros(0, dtype=np.int16) for part in parts]
        if rows[0].size:
            self._given += rows[0].size
            yield np.stack(rows)

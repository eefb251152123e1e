"""One audio track as 16 kHz samples on the timeline of its file.

Belongs here: resampling, and silence for gaps. Must not go here: putting several tracks together (``decoding.py``), what is
said (``providers/offline``).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meeting_pipeline.media.channels import mono, samples_of
from meeting_pipeline.media.opening import opened
from meeting_pipeline.media.packets import DecodeTally, decoded_frames
from meeting_pipeline.media.timeline import Timeline, origin_s

if TYPE_CHECKING:
    import numpy as np
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from numpy.typing import NDArray

    from meeting_pipeline.domain.recording import SoundTrack

SPEECH_RATE_HZ: Final = 16_000
"""Sample rate of speech recognition and voice activity detection."""
_SILENCE_BLOCK: Final = SPEECH_RATE_HZ
"""Silence is made in blocks of one second, however long a gap is."""


def decode_track(path: Path, track: "SoundTrack", *, each_channel: bool) -> "Iterator[NDArray[np.int16]]":
    """Yield the samples of one track as blocks ``[rows, samples]`` of int16 at ``SPEECH_RATE_HZ``, on the file's timeline.

    One row: the channels mixed by ``track.weights``. With ``each_channel``, one row for each of ``track.voices``.
    Only one block is in memory at a time. Damaged packets are skipped.
    Raises: IntakeRefused, as ``opened``.
    """
    import av
    import numpy as np

    rows = len(track.voices) if each_channel else 1
    with opened(path) as file:
        streams = [stream for stream in file.tracks if stream.index == track.stream]
        timeline = Timeline(origin_s(file.container))
        for stream in file.container.streams:
            if stream.index != track.stream:
                stream.discard = av.stream.Discard.all
        resamplers: list[AudioResampler] = []
        shape: tuple[str, int, int] | None = None
        given = 0
        for _, frame in decoded_frames(file.container, streams, DecodeTally(), path):
            start_s = timeline.end_s
            gap_s = timeline.add(frame)
            now = (frame.format.name, frame.layout.nb_channels, frame.sample_rate)
            if now != shape or gap_s:
                # A stream may change its layout midway; a resampler accepts only its first layout.
                for block in _resampled(resamplers, None):
                    given += block.shape[1]
                    yield block
                resamplers, shape = _resamplers(rows), now
            missing = round((start_s + gap_s) * SPEECH_RATE_HZ) - given if gap_s else 0
            while missing > 0:
                size = min(missing, _SILENCE_BLOCK)
                yield np.zeros((rows, size), dtype=np.int16)
                missing -= size
                given += size
            for block in _resampled(resamplers, _rows(frame, track, each_channel=each_channel)):
                given += block.shape[1]
                yield block
        yield from _resampled(resamplers, None)


def _resamplers(rows: int) -> "list[AudioResampler]":
    from av import AudioResampler

    return [AudioResampler(format="s16", layout="mono", rate=SPEECH_RATE_HZ) for _ in range(rows)]


def _rows(frame: "AudioFrame", track: "SoundTrack", *, each_channel: bool) -> "list[AudioFrame]":
    """One frame of one channel for each row."""
    import av
    import numpy as np

    # The time line is kept outside: a resampler would insert or drop samples at every jitter of a time stamp.
    frame.pts = None
    if frame.layout.name == "mono" and (not each_channel or track.voices == (0,)) and abs(sum(track.weights)) in (0, 1):
        return [frame]
    samples = samples_of(frame)
    if each_channel:
        parts = [samples[voice] if voice < len(samples) else samples.mean(axis=0) for voice in track.voices]
    else:
        parts = [mono(samples, track.weights)]
    found = []
    for part in parts:
        row = av.AudioFrame.from_ndarray(np.ascontiguousarray(part)[None, :], format="fltp", layout="mono")
        row.sample_rate = frame.sample_rate
        found.append(row)
    return found


def _resampled(resamplers: "list[AudioResampler]", frames: "list[AudioFrame] | None") -> "Iterator[NDArray[np.int16]]":
    """Resample one frame per row. All rows get the same numbers of samples."""
    import numpy as np

    if not resamplers:
        return
    given = [None] * len(resamplers) if frames is None else frames
    parts = [
        [np.asarray(part.to_ndarray(), dtype=np.int16).reshape(-1) for part in resampler.resample(frame)]
        for resampler, frame in zip(resamplers, given, strict=True)
    ]
    rows = [np.concatenate(part) if part else np.zeros(0, dtype=np.int16) for part in parts]
    if rows[0].size:
        yield np.stack(rows)

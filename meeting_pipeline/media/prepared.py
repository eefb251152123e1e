"""The prepared copy: the audio of a recording for players and providers, if the file itself is not suitable.

One FLAC file at 16 kHz, mono or with one channel per speaker, whose time is that of the transcript: gaps are silence, all tracks
are mixed, channels of opposite phase do not cancel out. Must not go here: when one is made (``inspection.py``).
"""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meeting_pipeline.domain.recording import MediaFacts, SoundTrack
from meeting_pipeline.media import policies
from meeting_pipeline.media.decoding import SPEECH_RATE_HZ, decode_pcm16k

if TYPE_CHECKING:
    from av.error import FFmpegError

_LAYOUTS: Final = ("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "6.1", "7.1")
"""A layout for each number of channels that FLAC can hold (RFC 9639, section 9.1.3)."""
_DISK: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES)
_HEADROOM_BYTES: Final = 1024**2
"""Room for the header and the tables of the file, which do not depend on its length."""
_OF_A_MIX: Final = frozenset({"channels", "phase"})
"""Reasons that only matter if the channels are mixed."""


@dataclass(frozen=True)
class Preparation:
    """How the audio of a recording is used.

    Attributes:
        needed: whether a prepared copy is needed.
        multichannel: whether each channel of the file, or of its prepared copy, is one speaker.
    """

    needed: bool
    multichannel: bool


def preparation_for(facts: MediaFacts, *, multichannel: bool) -> Preparation:
    """What a recording needs. ``multichannel``: the submitter asks that each channel is one speaker.

    With fewer than two voices, or more than fit into a prepared copy, the voices are mixed all the same.
    """
    apart = multichannel and 2 <= facts.voices <= policies.MAX_VOICES
    reasons = set(facts.preparation) - (_OF_A_MIX if apart else set())
    all_are_voices = len(facts.tracks) == 1 and facts.voices == facts.channels
    return Preparation(needed=bool(reasons) or (apart and not all_are_voices), multichannel=apart)


def write_prepared(source: Path, target: Path, tracks: Sequence[SoundTrack], *, each_channel: bool) -> None:
    """Write the prepared copy of a recording.

    ``each_channel``: one channel per voice, at most ``policies.MAX_VOICES``; otherwise mono.
    Raises: IntakeRefused, as ``opened``; OSError if the disk is at fault.
    """
    import av
    import numpy as np

    rows = sum(len(track.voices) for track in tracks) if each_channel else 1
    layout = _LAYOUTS[rows - 1]
    given = 0
    try:
        with av.open(str(target.absolute()), "w", format="flac") as output:
            stream = output.add_stream("flac", rate=SPEECH_RATE_HZ, layout=layout)
            for block in decode_pcm16k(source, tracks, each_channel=each_channel):
                packed = np.ascontiguousarray(block.T).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
                frame.sample_rate, frame.pts = SPEECH_RATE_HZ, given
                given += block.shape[1]
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    except av.error.FFmpegError as error:
        _raise_disk_error(error)
        raise


def largest_bytes(duration_ms: int, rows: int) -> int:
    """The size that a prepared copy cannot exceed, as FLAC never gets larger than its samples and a little."""
    return duration_ms * SPEECH_RATE_HZ // 1000 * 2 * rows * 11 // 10 + _HEADROOM_BYTES


def _raise_disk_error(error: "FFmpegError") -> None:
    if error.errno in _DISK:
        raise OSError(error.errno, error.strerror) from error

"""The timeline of an audio track: where its decoded frames lie in the file, and which gaps between them are silence.

Time 0 is the first time stamp of any audio or picture in the file. Must not go here: decoding, samples.
"""

from typing import TYPE_CHECKING, Final

from meeting_pipeline.media import policies

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer
    from av.stream import Stream

_LONGEST_GAP_S: Final = policies.LONGEST_GAP_HOURS * 3600
"""In seconds. A longer gap is a jump of the clock, not a pause."""


class Timeline:
    """Follows the frames of one track, in the order of decoding.

    ``tick_s`` is the unit of the time stamps of the track, in seconds.

    Attributes:
        end_s: end of the latest frame.
        gaps_s: silence before and between the frames so far.
    """

    def __init__(self, origin_s: float, tick_s: float) -> None:
        self.end_s = 0.0
        self.gaps_s = 0.0
        self._tick_s = tick_s
        self._shift_s = -origin_s

    def add(self, frame: "AudioFrame") -> float:
        """Append a frame and return the seconds of silence before it. Never lets samples overlap, and never drops one."""
        gap = 0.0
        stamp = frame.pts
        if stamp is not None:
            ahead = stamp * self._tick_s + self._shift_s - self.end_s
            if ahead < -policies.CLOCK_RESTART_SECONDS or ahead > _LONGEST_GAP_S:
                self._shift_s -= ahead  # another clock: the sound continues
            elif ahead > policies.GAP_SECONDS:
                gap = ahead
        self.gaps_s += gap
        self.end_s += gap + frame.samples / frame.sample_rate
        return gap


def origin_s(container: "InputContainer") -> float:
    """The first time stamp of any sound or picture, in seconds; 0 if the file has none.

    Covers and tracks of text and data are not part of the timeline.
    """
    starts = [
        float(stream.start_time * stream.time_base)
        for stream in container.streams
        if stream.start_time is not None and stream.time_base is not None and is_on_timeline(stream)
    ]
    return min(starts, default=0.0)


def tick_s(stream: "Stream") -> float:
    """The unit of the time stamps of a stream, in seconds."""
    return float(stream.time_base or 0)


def is_on_timeline(stream: object) -> bool:
    """Whether a stream is sound or moving pictures."""
    import av

    if isinstance(stream, av.VideoStream):
        return not stream.disposition & av.stream.Disposition.attached_pic
    return isinstance(stream, av.AudioStream)

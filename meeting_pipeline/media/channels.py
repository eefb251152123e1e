"""The channels of a track: their samples, which of them have distinct audio, and how they are mixed to one.

Must not go here: decoding (``decoding.py``), several tracks (``decoding.py``).
"""

from typing import TYPE_CHECKING, Final

from meeting_pipeline.media import policies

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

_COUNTED_WRONGLY: Final = 8
"""From this many blocks on, PyAV 18.1 reads beyond the end of a frame's list of them, and the process dies."""


def samples_of(frame: "AudioFrame") -> "NDArray[np.float32]":
    """The samples of a frame ``[channels, samples]``, from -1 to 1, whatever their format."""
    import numpy as np

    channels = frame.layout.nb_channels
    if frame.samples == 0:
        return np.zeros((channels, 0), dtype=np.float32)
    if frame.format.is_planar and channels >= _COUNTED_WRONGLY:
        frame = _packed(frame)
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, channels).T
    if raw.dtype == np.uint8:
        return np.asarray((raw.astype(np.float32) - 128) / 128, dtype=np.float32)
    if raw.dtype.kind == "f":
        return np.nan_to_num(raw.astype(np.float32), copy=False, posinf=1.0, neginf=-1.0)
    return np.asarray(raw.astype(np.float32) / 2.0 ** (8 * raw.dtype.itemsize - 1), dtype=np.float32)


def _packed(frame: "AudioFrame") -> "AudioFrame":
    """The same samples in one block instead of one for each channel."""
    import av

    resampler = av.AudioResampler(format=frame.format.packed, layout=frame.layout, rate=frame.sample_rate)
    (packed,) = resampler.resample(frame)
    return packed


def mono(samples: "NDArray[np.float32]", weights: "Sequence[float]" = ()) -> "NDArray[np.float32]":
    """Mix ``[channels, samples]`` to ``[samples]``. Without matching weights, to their mean."""
    import numpy as np

    if len(weights) != len(samples):
        return np.asarray(samples.mean(axis=0), dtype=np.float32)
    return np.asarray(np.asarray(weights, dtype=np.float32) @ samples, dtype=np.float32)


class ChannelMeter:
    """Measures one track while it is decoded: how loud it is, and how its channels relate.

    ``thorough`` compares the channels in every frame, so that even rare audio that is only on one channel is found.

    Attributes:
        peak: largest absolute sample, from 0 to 1; exact only below ``policies.SILENCE_PEAK``.
    """

    def __init__(self, *, thorough: bool) -> None:
        import numpy as np

        self.peak = 0.0
        self._stride = 1 if thorough else policies.MEASURED_STRIDE
        self._frames = 0
        self._products: NDArray[np.float64] = np.zeros((0, 0))
        self._peaks: NDArray[np.float64] = np.zeros(0)

    def add(self, frame: "AudioFrame") -> None:
        """Measure a frame."""
        channels = frame.layout.nb_channels
        self._frames += 1
        compared = channels > 1 and (self._frames <= policies.MEASURED_FRAMES or self._frames % self._stride == 0)
        if not compared and self.peak >= policies.SILENCE_PEAK:
            return
        samples = samples_of(frame)
        if samples.size == 0:
            return
        self.peak = max(self.peak, float(abs(samples).max()))
        self._compare(samples)

    def _compare(self, samples: "NDArray[np.float32]") -> None:
        import numpy as np

        if len(self._peaks) != len(samples):  # the layout changed: the last measurement decides
            self._products, self._peaks = np.zeros((len(samples),) * 2), np.zeros(len(samples))
        centred = (samples - samples.mean(axis=1, keepdims=True)).astype(np.float64)
        self._products += centred @ centred.T
        self._peaks = np.maximum(self._peaks, abs(samples).max(axis=1))

    def voices(self) -> tuple[int, ...]:
        """Channels that are neither silent nor a copy of an earlier one; the first if none was found."""
        found: list[int] = []
        for channel in self._sounding():
            if all(abs(self._correlation(channel, other)) < policies.SAME_SOUND_CORRELATION for other in found):
                found.append(channel)
        return tuple(found) or (0,)

    def weights(self) -> tuple[float, ...]:
        """The factor of each channel in a mix to mono that neither clips nor cancels out; empty if none is known to sound."""
        sounding = self._sounding()
        if not sounding:
            return ()
        loudest = max(sounding, key=lambda channel: float(self._products[channel, channel]))
        share = 1 / len(sounding)
        return tuple(
            -share if channel in sounding and self._correlation(channel, loudest) < 0 else share
            for channel in range(len(self._peaks))
        )

    def cancels_out(self) -> bool:
        """Whether a plain mono mix, as players and providers make it, loses most of the sound."""
        import numpy as np

        ours = np.asarray(self.weights())
        if not ours.size:
            return False
        plain = np.abs(ours)
        return float(plain @ self._products @ plain) < policies.OPPOSITE_PHASE_SHARE * float(
            ours @ self._products @ ours
        )

    def _sounding(self) -> list[int]:
        return [channel for channel, peak in enumerate(self._peaks) if peak >= policies.SILENCE_PEAK]

    def _correlation(self, one: int, other: int) -> float:
        energy = float(self._products[one, one] * self._products[other, other]) ** 0.5
        return float(self._products[one, other]) / energy if energy > 0 else 0.0

"""Where a recording is cut into parts: in the longest pauses, within the server's limits.

Runs in a sandbox: it decodes an untrusted file. Must not go here: encoding (``media/encoding.py``).
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from meeting_pipeline.media.decoding import SPEECH_RATE_HZ, decode_pcm16k_mono
from meeting_pipeline.media.encoding import AudioFormat, encoded
from meeting_pipeline.providers.offline.segmentation import FRAME, FRAME_MS, VAD_MODE
from meeting_pipeline.providers.parts import policies

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Span = tuple[int, int]
"""Start and end in ms."""


def cuts(path: Path, longest_ms: int, ranges: Sequence[Span] | None = None) -> list[Span]:
    """Return the parts of a recording, or of these ranges of it: gapless, none longer than ``longest_ms``.

    Raises: IntakeRefused, as ``decode_pcm16k_mono``.
    """
    speaks, total_ms = _speech(decode_pcm16k_mono(path))
    return [part for start, end in ranges or [(0, total_ms)] for part in spans(speaks, start, end, longest_ms)]


def spans(speaks: Sequence[int], start_ms: int, end_ms: int, longest_ms: int) -> list[Span]:
    """Return the parts of a range; ``speaks`` says of each frame of ``FRAME_MS`` how loud its speech is, 0 for none."""
    found: list[Span] = []
    start = start_ms
    while end_ms - start > longest_ms:
        left = end_ms - start
        parts = -(-left // longest_ms)
        least = left - (parts - 1) * longest_ms
        if longest_ms - least < policies.CUT_SLACK * longest_ms:
            parts, least = parts + 1, 0
        earliest = start + max(least, int(policies.CUT_SHARE * longest_ms), FRAME_MS)
        end = _pause(speaks, earliest, start + longest_ms, start + left // parts)
        found.append((start, end))
        start = end
    found.append((start, end_ms))
    return found


def encoded_parts(path: Path, parts: Sequence[Span], audio: AudioFormat) -> Iterator[bytes]:
    """Yield these parts as files; they are in order and do not overlap. Decodes the recording once, up to the last of them."""
    blocks = _Blocks(decode_pcm16k_mono(path))
    for start, end in parts:
        yield encoded(blocks.between(_samples(start), _samples(end)), audio)


def write_parts(path: Path, parts: Sequence[Span], audio: AudioFormat, target: Path) -> list[int]:
    """Write these parts to one file, one after the other. Returns their sizes in bytes. Holds one part at a time.

    Raises: IntakeRefused, as ``decode_pcm16k_mono``; OSError if the disk is at fault.
    """
    with target.open("wb") as file:
        return [file.write(data) for data in encoded_parts(path, parts, audio)]


class _Blocks:
    """A stream of samples, read forward in pieces."""

    def __init__(self, blocks: "Iterable[NDArray[np.int16]]") -> None:
        self._blocks = iter(blocks)
        self._rest: NDArray[np.int16] | None = None
        self._position = 0

    def between(self, first: int, last: int) -> "Iterator[NDArray[np.int16]]":
        """Yield the samples from ``first`` up to ``last``; what comes before is skipped."""
        while self._position < last:
            block = self._rest if self._rest is not None else next(self._blocks, None)
            if block is None:
                return
            kept = block[max(0, first - self._position) : last - self._position]
            used = min(len(block), last - self._position)
            self._rest = block[used:] if used < len(block) else None
            self._position += used
            if len(kept):
                yield kept


def _samples(ms: int) -> int:
    return ms * SPEECH_RATE_HZ // 1000


def _speech(blocks: "Iterable[NDArray[np.int16]]") -> "tuple[array[int], int]":
    """Return the loudness of speech per frame (0 for none), and the length in ms."""
    import numpy as np
    import pocketsphinx

    vad = pocketsphinx.Vad(VAD_MODE, SPEECH_RATE_HZ, FRAME_MS / 1000)
    speaks = array("H")
    rest = np.zeros(0, dtype=np.int16)
    samples = 0
    for block in blocks:
        samples += len(block)
        rest = np.concatenate([rest, block])
        whole = len(rest) // FRAME * FRAME
        for frame in rest[:whole].reshape(-1, FRAME):
            loud = 1 + int(np.abs(frame.astype(np.int32)).mean()) if vad.is_speech(frame.tobytes()) else 0
            speaks.append(min(loud, 65_535))
        rest = rest[whole:]
    return speaks, samples * 1000 // SPEECH_RATE_HZ


def _pause(speaks: Sequence[int], earliest_ms: int, latest_ms: int, best_ms: int) -> int:
    """Return the middle of the longest pause in this range; without one, the quietest moment nearest to ``best_ms``."""
    first, last = -(-earliest_ms // FRAME_MS), min(latest_ms // FRAME_MS, len(speaks))
    found: tuple[int, int, int] | None = None
    begin: int | None = None
    for frame in range(first, last + 1):
        quiet = frame < last and speaks[frame] == 0
        if quiet and begin is None:
            begin = frame
        elif not quiet and begin is not None:
            middle = (begin + frame) * FRAME_MS // 2
            length = min((frame - begin) * FRAME_MS, policies.PAUSE_ENOUGH_MS)
            found = max(found or (0, 0, 0), (length, -abs(middle - best_ms), middle))
            begin = None
    if found is not None:
        return min(max(found[2], earliest_ms), latest_ms)
    quietest = min(range(first, last), key=lambda at: (speaks[at], abs(at * FRAME_MS - best_ms)), default=None)
    return latest_ms if quietest is None else min(max(quietest * FRAME_MS, earliest_ms), latest_ms)

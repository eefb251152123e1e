"""How much audio an MP3 file announces: the number of frames in its Xing, Info or VBRI header.

FFmpeg's own figure is an estimate as soon as the file has more bytes than the header counts, for example a cover after the audio.
Source: https://www.codeproject.com/Articles/8295/MPEG-Audio-Frame-Header. Must not go here: decoding.
"""

from pathlib import Path
from typing import Final

from meeting_pipeline.media.tags import id3_size

_HEAD_BYTES: Final = 2048
"""Where the headers are searched: in the first frame, which has 1,441 bytes at most."""
_HAS_FRAMES: Final = 1
"""Flag of a Xing header: the number of frames follows."""
_VBRI_FRAMES: Final = 14
"""Offset of the number of frames in a VBRI header."""


def announced_frames(path: Path) -> int | None:
    """The number of MP3 frames that the file announces; ``None`` if it announces none."""
    with path.open("rb") as file:
        head = file.read(10)
        file.seek(id3_size(head[6:10]) + 10 if head[:3] == b"ID3" else 0)
        start = file.read(_HEAD_BYTES)
    for mark in (b"Xing", b"Info"):
        found = start.find(mark)
        if found >= 0 and int.from_bytes(start[found + 4 : found + 8], "big") & _HAS_FRAMES:
            return int.from_bytes(start[found + 8 : found + 12], "big") or None
    found = start.find(b"VBRI")
    if found >= 0:
        return int.from_bytes(start[found + _VBRI_FRAMES : found + _VBRI_FRAMES + 4], "big") or None
    return None


def samples_per_frame(rate_hz: int) -> int:
    """Samples of a Layer III frame: 1152 in MPEG-1, 576 at the lower rates of MPEG-2 and 2.5."""
    return 1152 if rate_hz >= 32_000 else 576

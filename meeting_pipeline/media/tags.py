"""Where the audio of a file ends and tags begin, which FFmpeg may mistake for audio: covers, lyrics and titles after MP3 and AAC.

Formats: APEv2 (https://wiki.hydrogenaud.io/index.php?title=APEv2_specification), ID3v1, Lyrics3 v2 (https://id3.org/Lyrics3v2),
the footer of ID3v2.4 (https://id3.org/id3v2.4.0-structure, section 3.4).
Must not go here: the content of tags.
"""

from pathlib import Path
from typing import BinaryIO, Final

_ID3V1_BYTES: Final = 128
"""Size of an ID3v1 tag, which is fixed."""
_APE_FOOTER_BYTES: Final = 32
"""Size of the footer of an APE tag, and of its header."""
_APE_HAS_HEADER: Final = 1 << 31
"""Flag of an APE tag: it has a header too, which its size leaves out."""
_ID3V2_FOOTER_BYTES: Final = 10
"""Size of the footer of an ID3v2 tag, and of its header."""
_LYRICS_END: Final = b"LYRICS200"
_LYRICS_SIZE_DIGITS: Final = 6
"""Digits of the size of a Lyrics3v2 tag, before its last word."""
_MOST: Final = 8
"""Tags at the end of one file: there are four kinds."""


def sound_end(path: Path) -> int:
    """The offset at which the tags at the end of a file begin; its size if there are none."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        for _ in range(_MOST):
            size = _tag_before(file, end)
            if size is None or not 0 < size <= end:
                return end
            end -= size
    return end


def _tag_before(file: BinaryIO, end: int) -> int | None:
    """The size of the tag that ends at this offset; ``None`` if there is none."""
    file.seek(max(0, end - _ID3V1_BYTES))
    tail = file.read(min(end, _ID3V1_BYTES))
    if len(tail) == _ID3V1_BYTES and tail.startswith(b"TAG"):
        return _ID3V1_BYTES
    footer = tail[-_APE_FOOTER_BYTES:]
    if footer.startswith(b"APETAGEX") and len(footer) == _APE_FOOTER_BYTES:
        size, flags = int.from_bytes(footer[12:16], "little"), int.from_bytes(footer[20:24], "little")
        return size + (_APE_FOOTER_BYTES if flags & _APE_HAS_HEADER else 0)
    if tail[-_ID3V2_FOOTER_BYTES:].startswith(b"3DI"):
        return id3_size(tail[-4:]) + 2 * _ID3V2_FOOTER_BYTES
    digits = tail[-len(_LYRICS_END) - _LYRICS_SIZE_DIGITS : -len(_LYRICS_END)]
    if tail.endswith(_LYRICS_END) and digits.isdigit():
        return int(digits) + len(_LYRICS_END) + _LYRICS_SIZE_DIGITS
    return None


def id3_size(size: bytes) -> int:
    """A size in four bytes of seven bits each (https://id3.org/id3v2.4.0-structure, section 6.2)."""
    return sum((byte & 0x7F) << shift for byte, shift in zip(size, (21, 14, 7, 0), strict=False))

"""Files that consist of several files joined end to end, of which FFmpeg and players read only the first: WAV, MP4, some WebM.

Joined MP3, AAC, FLAC and Ogg files are read to their end. Must not go here: decoding.
"""

from pathlib import Path
from typing import BinaryIO, Final

from meeting_pipeline.media import policies

_HEADER_BYTES: Final = 16
"""Bytes of a header that are read: the size and kind of an MP4 box, whose long form has 16."""
_EBML: Final = b"\x1a\x45\xdf\xa3"
_KINDS: Final = (b"webm", b"matroska")
_KIND_BYTES: Final = 64
"""The name of the format is within this many bytes of the beginning of a Matroska file."""
_BLOCK: Final = 1024**2
"""Bytes searched at once for the beginning of a second file."""
_WHOLE_FILE: Final = (0, 0xFFFFFFFF)
"""Sizes in a WAV header that was written before the length was known."""


def second_file_at(path: Path, read_to: int) -> int | None:
    """The offset of a second file behind the first; ``None`` if there is none.

    ``read_to``: where the last packet ended that was read.
    """
    with path.open("rb") as file:
        end = file.seek(0, 2)
        head = _head(file, 0)
        if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
            return _second_wav(file, head, end)
        if head[4:8] == b"ftyp":
            return _second_mp4(file, end)
        if head[:4] == _EBML:
            return _unread_matroska(file, read_to)
    return None


def _head(file: BinaryIO, offset: int) -> bytes:
    file.seek(offset)
    return file.read(_HEADER_BYTES)


def _second_wav(file: BinaryIO, head: bytes, end: int) -> int | None:
    size = int.from_bytes(head[4:8], "little")
    if size in _WHOLE_FILE:
        return None
    for offset in (size + 8, size + 8 + size % 2):  # some writers forget that a part has an even length
        if offset < end:
            found = _head(file, offset)
            if found[:4] == b"RIFF" and found[8:12] == b"WAVE":
                return offset
    return None


def _second_mp4(file: BinaryIO, end: int) -> int | None:
    """The second box of file type before another index. Segments of one stream repeat it without an index of their own."""
    offset = boxes = 0
    second: int | None = None
    indexes = 0
    while offset < end and boxes < policies.JOINED_BOXES:
        head = _head(file, offset)
        if len(head) < 8:
            break
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if kind == b"ftyp" and offset:
            second = second or offset
        indexes += kind == b"moov"
        if second is not None and indexes > 1:
            return second
        if size < 8:
            break  # to the end of the file, or damaged
        offset += size
        boxes += 1
    return None


def _unread_matroska(file: BinaryIO, read_to: int) -> int | None:
    """The beginning of another Matroska file behind all packets that were read."""
    file.seek(read_to)
    offset, held = read_to, b""
    while block := file.read(_BLOCK):
        held += block
        found = held.find(_EBML)
        while found >= 0:
            if any(kind in held[found : found + _KIND_BYTES] for kind in _KINDS):
                return offset + found
            found = held.find(_EBML, found + 1)
        offset += max(len(held) - _KIND_BYTES, 0)
        held = held[-_KIND_BYTES:]
    return None

"""Covers and other tags at the end of a file are no sound."""

from pathlib import Path

import numpy as np
import pytest

from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline.media.mp3_header import announced_frames
from meeting_pipeline.media.tags import sound_end
from meeting_pipeline_tests.media.files import Sound, write_tracks

PICTURE = b"\xff\xd8\xff\xe0" + np.random.default_rng(3).bytes(300_000)


def ape(value: bytes, *, header: bool = True) -> bytes:
    """An APEv2 tag with one item."""
    item = len(value).to_bytes(4, "little") + (2).to_bytes(4, "little") + b"Cover Art (Front)\0" + value
    size = (len(item) + 32).to_bytes(4, "little")

    def edge(flags: int) -> bytes:
        start = b"APETAGEX" + (2000).to_bytes(4, "little") + size + (1).to_bytes(4, "little")
        return start + flags.to_bytes(4, "little") + bytes(8)

    return (edge(0xA0000000) if header else b"") + item + edge(0x80000000 if header else 0)


ID3V1 = b"TAG" + bytes(125)
LYRICS = b"LYRICSBEGIN" + b"LYR00005words" + b"000024LYRICS200"
ID3V2_FOOTER = b"ID3\x04\0\x10\0\0\0\x7f" + bytes(127) + b"3DI\x04\0\x10\0\0\0\x7f"
TAGS = {
    "ape": ape(PICTURE),
    "ape without header": ape(PICTURE, header=False),
    "ape and id3v1": ape(PICTURE) + ID3V1,
    "lyrics and id3v1": LYRICS + ID3V1,
    "id3v2 at the end": ID3V2_FOOTER,
    "all": ape(PICTURE) + LYRICS + ID3V1,
    "none": b"",
}


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.aac", "aac")])
def test_tags_behind_the_sound_do_not_matter(tmp_path: Path, name: str, codec: str, tag: str) -> None:
    path = write_tracks(tmp_path / name, [Sound(seconds=8)], codec=codec)
    length = inspect_media(path).duration_ms
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + TAGS[tag])
    assert sound_end(path) == size
    assert inspect_media(path).duration_ms == pytest.approx(length, abs=80)


def test_a_cut_off_mp3_with_a_tag_is_still_seen(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "a.mp3", [Sound(seconds=20)], codec="libmp3lame")
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2] + TAGS["ape"])
    with pytest.raises(Exception, match="According to its header"):
        inspect_media(path)


@pytest.mark.parametrize("size", [0, 31, 32, 2**32 - 1, 2**31])
def test_a_tag_with_a_false_size_hides_nothing(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.mp3"
    footer = b"APETAGEX" + bytes(4) + size.to_bytes(4, "little") + bytes(16)
    path.write_bytes(b"sound" + footer)
    assert 0 <= sound_end(path) <= 37


def test_a_file_without_a_count_of_frames_announces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    for content in (b"", b"\xff\xfb" + bytes(100), b"\xff\xfbXing" + bytes(4), b"ID3"):
        path.write_bytes(content)
        assert announced_frames(path) is None
    path.write_bytes(b"\xff\xfbVBRI" + bytes(10) + (7).to_bytes(4, "big"))
    assert announced_frames(path) == 7

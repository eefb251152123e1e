"""Which formats file names indicate."""

from pathlib import Path

import pytest

from meeting_pipeline.media.formats import MEDIA_SUFFIXES, TRANSCRIPT_SUFFIXES, is_media, is_transcript


@pytest.mark.parametrize("name", ["a.wav", "A.MP3", "a.b.m4a", "x.WebM", "a.mkv", "a.mov", "a.opus"])
def test_recordings_are_known_by_any_spelling_of_their_extension(name: str) -> None:
    assert is_media(Path(name))
    assert not is_transcript(Path(name))


@pytest.mark.parametrize("name", ["a.json", "a", ".wav", "wav", "a.wav.part", "a.pdf"])
def test_other_files_are_not_recordings(name: str) -> None:
    assert not is_media(Path(name))


def test_no_extension_announces_both() -> None:
    assert not MEDIA_SUFFIXES & TRANSCRIPT_SUFFIXES
    assert is_transcript(Path("a.VTT"))

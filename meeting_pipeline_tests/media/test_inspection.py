"""What intake says of real files: good ones in every format, and each kind of bad one."""

import random
from pathlib import Path

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.formats import MEDIA_SUFFIXES, is_media, is_transcript
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline_tests.media.files import ENCODERS, RATE_HZ, write_media


def refusal(path: Path) -> IntakeRefused:
    with pytest.raises(IntakeRefused) as caught:
        inspect_media(path)
    assert caught.value.message
    assert caught.value.advice
    return caught.value


@pytest.mark.parametrize("ending", sorted(ENCODERS))
def test_every_format_that_is_announced_is_decoded_and_measured(tmp_path: Path, ending: str) -> None:
    facts = inspect_media(write_media(tmp_path / f"a.{ending}", 3.0))
    assert abs(facts.duration_ms - 3000) < 150
    assert facts.sample_rate_hz == RATE_HZ
    assert facts.channels == 1
    assert facts.codec
    assert facts.container


def test_the_formats_of_the_tests_are_those_that_are_taken() -> None:
    assert {f".{ending}" for ending in ENCODERS} | {".oga"} == set(MEDIA_SUFFIXES)


def test_a_video_is_a_recording_by_its_sound(tmp_path: Path) -> None:
    facts = inspect_media(write_media(tmp_path / "meeting.mp4", 2.0, video=True))
    assert facts.codec == "aac"
    assert abs(facts.duration_ms - 2000) < 150


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    assert refusal(write_media(tmp_path / "mute.mp4", video=True, sound=False)).code == "no_audio_stream"


def test_silence_is_refused(tmp_path: Path) -> None:
    assert refusal(write_media(tmp_path / "silence.wav", amplitude=0.0)).code == "silent"


def test_a_clip_of_100_ms_is_refused(tmp_path: Path) -> None:
    assert refusal(write_media(tmp_path / "clip.wav", 0.1)).code == "too_short"


def test_text_with_the_ending_of_a_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp3"
    path.write_text("These are only notes.\n" * 50)
    assert refusal(path).code == "not_media"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp3"
    path.touch()
    assert refusal(path).code == "not_media"


def test_random_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "random.mp3"
    path.write_bytes(random.Random(7).randbytes(60_000))
    assert refusal(path).code in ("not_media", "damaged")


@pytest.mark.parametrize("ending", ["m4a", "flac", "mp3", "webm"])
def test_a_recording_that_was_cut_off_is_refused(tmp_path: Path, ending: str) -> None:
    path = write_media(tmp_path / f"whole.{ending}", 20.0)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert refusal(path).code == "truncated"


def test_a_recording_that_is_too_long_is_refused_before_it_is_decoded_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MAX_RECORDING_HOURS", 5 / 3600)
    assert refusal(write_media(tmp_path / "long.wav", 8.0)).code == "too_long"


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "MAX_RECORDING_BYTES", 1000)
    assert refusal(write_media(tmp_path / "large.wav")).code == "too_large"


def test_a_playlist_in_disguise_does_not_open_its_neighbour(tmp_path: Path) -> None:
    write_media(tmp_path / "secret.wav")
    disguised = tmp_path / "innocent.wav"
    disguised.write_text("ffconcat version 1.0\nfile 'secret.wav'\n")
    assert refusal(disguised).code == "not_media"


def test_an_hls_playlist_in_disguise_does_not_open_its_neighbour(tmp_path: Path) -> None:
    write_media(tmp_path / "secret.aac")
    disguised = tmp_path / "innocent.mp3"
    disguised.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nsecret.aac\n#EXT-X-ENDLIST\n")
    assert refusal(disguised).code == "not_media"


def test_names_announce_what_a_file_is() -> None:
    assert is_media(Path("a/Meeting.MP4"))
    assert is_transcript(Path("GMT2026.transcript.VTT"))
    assert not is_media(Path("slides.pdf"))

"""Real files of every format, and every reason to reject one."""

import errno
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media import opening
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline_tests.media.files import cut, write_media

WHOLE = [
    ("a.wav", "pcm_s16le", "wav"),
    ("a.mp3", "mp3", "mp3"),
    ("a.m4a", "aac", "m4a"),
    ("a.webm", "libopus", "webm"),
    ("a.ogg", "libopus", "ogg"),
    ("a.opus", "libopus", "ogg"),
    ("a.flac", "flac", "flac"),
    ("a.aac", "aac", "aac"),
]


def refusal_of(path: Path) -> IntakeRefused:
    with pytest.raises(IntakeRefused) as refusal:
        inspect_media(path)
    assert refusal.value.advice
    return refusal.value


@pytest.mark.parametrize(("name", "codec", "container"), WHOLE)
def test_every_sound_format_is_read(tmp_path: Path, name: str, codec: str, container: str) -> None:
    facts = inspect_media(write_media(tmp_path / name, codec))
    assert facts.duration_ms == pytest.approx(3000, abs=60)
    assert facts.container == container
    assert facts.codec == {"libopus": "opus"}.get(codec, codec)
    assert (facts.sample_rate_hz, facts.channels) == (48_000, 1)


@pytest.mark.parametrize("name", ["v.mp4", "v.mov", "v.mkv"])
def test_the_sound_of_a_video_is_read(tmp_path: Path, name: str) -> None:
    assert inspect_media(write_media(tmp_path / name, "aac", video=True)).duration_ms == pytest.approx(3000, abs=60)


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.flac", "flac").rename(tmp_path / "a.mp3")
    assert inspect_media(path).codec == "flac"


def test_tags_in_an_old_encoding_do_not_matter(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", "pcm_s16le", title="Josxx")
    raw = path.read_bytes()
    assert b"Josxx" in raw
    path.write_bytes(raw.replace(b"Josxx", b"Jos\xe9\xff"))
    assert inspect_media(path).duration_ms == 3000


def test_sound_shorter_than_its_video_is_not_cut_off(tmp_path: Path) -> None:
    path = write_media(tmp_path / "v.mkv", "aac", seconds=2, video=True, video_seconds=10)
    facts = inspect_media(path)
    assert facts.duration_ms == pytest.approx(10_000, abs=60)  # as long as a player shows
    assert facts.preparation == ()


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    assert refusal_of(write_media(tmp_path / "v.mp4", None, video=True)).code == "no_audio_stream"


@pytest.mark.parametrize(("name", "codec"), [("s.wav", "pcm_s16le"), ("s.mp3", "mp3"), ("s.flac", "flac")])
def test_silence_is_refused(tmp_path: Path, name: str, codec: str) -> None:
    assert refusal_of(write_media(tmp_path / name, codec, peak=0)).code == "silent"


def test_noise_of_the_last_bits_is_silence_and_quiet_speech_is_not(tmp_path: Path) -> None:
    assert refusal_of(write_media(tmp_path / "a.wav", "pcm_s16le", peak=0.0005)).code == "silent"
    assert inspect_media(write_media(tmp_path / "b.wav", "pcm_s16le", peak=0.005)).duration_ms == 3000


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s24le", "pcm_f32le"])
def test_loudness_is_measured_in_every_sample_format(tmp_path: Path, codec: str) -> None:
    assert inspect_media(write_media(tmp_path / "loud.wav", codec)).duration_ms == 3000
    assert refusal_of(write_media(tmp_path / "silent.wav", codec, peak=0)).code == "silent"


def test_a_clip_of_100_ms_is_refused(tmp_path: Path) -> None:
    refusal = refusal_of(write_media(tmp_path / "a.wav", "pcm_s16le", seconds=0.1))
    assert refusal.code == "too_short"
    assert "100 ms" in refusal.message


def _wav_at(path: Path, rate: int) -> Path:
    """Two seconds of noise at 8 kHz, with a header that claims another rate."""
    noise = np.random.default_rng(1).integers(-9000, 9000, 16_000, dtype=np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(noise.tobytes())
    return path


@pytest.mark.parametrize("rate", [1, 3_999, 768_001, 100_000_000])
def test_a_rate_that_no_recording_of_speech_has_is_refused(tmp_path: Path, rate: int) -> None:
    refusal = refusal_of(_wav_at(tmp_path / "a.wav", rate))
    assert refusal.code == "odd_sample_rate"
    assert f"{rate:,}" in refusal.message


@pytest.mark.parametrize("rate", [4_000, 8_000, 96_000])
def test_rates_of_old_and_of_very_good_recorders_are_taken(tmp_path: Path, rate: int) -> None:
    assert inspect_media(_wav_at(tmp_path / "a.wav", rate)).duration_ms == round(16_000_000 / rate)


@pytest.mark.parametrize(
    ("name", "codec", "video"),
    [
        ("a.mp3", "mp3", False),
        ("a.webm", "libopus", False),
        ("a.flac", "flac", False),
        ("a.m4a", "aac", False),
        ("v.mkv", "aac", True),
    ],
)
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, name: str, codec: str, video: bool) -> None:
    path = write_media(tmp_path / name, codec, seconds=12, video=video)
    assert refusal_of(cut(path, 0.6)).code == "truncated"


def test_a_file_with_its_index_in_front_is_seen_to_be_cut_off(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.m4a", "aac", seconds=12, options={"movflags": "+faststart"})
    refusal = refusal_of(cut(path, 0.6))
    assert refusal.code == "truncated"
    assert "0:00:12" in refusal.message


def test_a_small_hole_is_tolerated(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp3", "mp3", seconds=20)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 2000] = np.random.default_rng(1).bytes(2000)
    path.write_bytes(raw)
    assert 18_000 < inspect_media(path).duration_ms <= 20_050


@pytest.mark.parametrize(
    ("name", "content", "codes"),
    [
        ("a.mp3", b"these are words, not sound\n" * 100, {"not_media"}),
        ("a.wav", b"", {"not_media"}),
        ("a.mp3", np.random.default_rng(1).bytes(200_000), {"damaged", "not_media"}),
        ("a.wav", b"RIFF\x24\x00\x00\x00WAVEfmt ", {"not_media", "damaged"}),
    ],
)
def test_what_is_no_sound_is_refused(tmp_path: Path, name: str, content: bytes, codes: set[str]) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal_of(path).code in codes


PLAYLISTS = {
    "relative.wav": "ffconcat version 1.0\nfile 'other.wav'\n",
    "absolute.wav": "ffconcat version 1.0\nfile '{folder}/other.wav'\n",
    "list.mp3": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{folder}/other.wav\n#EXT-X-ENDLIST\n",
    "dash.mp4": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
        '<Representation id="1" bandwidth="1"><BaseURL>{folder}/other.wav</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
    "%d.wav": "ffconcat version 1.0\nfile 'other.wav'\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_playlist_in_disguise_never_opens_another_file(tmp_path: Path, name: str) -> None:
    write_media(tmp_path / "other.wav", "pcm_s16le")
    path = tmp_path / name
    path.write_text(PLAYLISTS[name].format(folder=tmp_path))
    assert refusal_of(path).code == "not_media"


def test_the_disguised_playlist_of_these_tests_really_works_unguarded(tmp_path: Path) -> None:
    import av

    write_media(tmp_path / "other.wav", "pcm_s16le")
    path = tmp_path / "relative.wav"
    path.write_text(PLAYLISTS["relative.wav"])
    with av.open(str(path)) as container:
        assert container.format.name == "concat"
        assert sum(frame.samples for frame in container.decode(audio=0)) == 3 * 48_000


def test_decoding_stops_at_the_longest_duration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_media(tmp_path / "a.flac", "flac", seconds=5)
    monkeypatch.setattr(policies, "MAX_RECORDING_HOURS", 2 / 3600)
    assert refusal_of(path).code == "too_long"


def test_a_file_above_the_size_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with path.open("wb") as file:
        file.truncate(policies.MAX_RECORDING_BYTES + 1)
    assert refusal_of(path).code == "too_large"


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.EIO])
def test_trouble_of_the_machine_is_no_bad_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    path = tmp_path / "a.wav"
    write_media(path, "pcm_s16le")
    monkeypatch.setattr(av, "open", lambda *_, **__: av.error.err_check(-number))
    monkeypatch.setattr(opening, "read_to_end", lambda _: _fail(number))
    with pytest.raises(OSError) as met:  # noqa: PT011 - its number says which
        inspect_media(path)
    assert (type(met.value).__module__, met.value.errno) == ("builtins", number)


def _fail(number: int) -> None:
    raise OSError(number, "failed")


def test_a_file_that_ends_in_its_header_is_no_failure_of_the_disk(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mkv", "aac")
    path.write_bytes(path.read_bytes()[:200])
    assert refusal_of(path).code == "not_media"

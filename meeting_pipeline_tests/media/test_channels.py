"""Tracks and channels: which are heard, and how they become one sound or one voice each."""

from pathlib import Path

import av
import numpy as np
import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.recording import MediaFacts
from meeting_pipeline.media import policies
from meeting_pipeline.media.channels import ChannelMeter
from meeting_pipeline.media.decoding import SPEECH_RATE_HZ, decode_pcm16k, decode_pcm16k_channel
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline.media.prepared import Preparation, largest_bytes, preparation_for, write_prepared
from meeting_pipeline_tests.media.files import Sound, write_tracks

LOW, HIGH = 220.0, 440.0


def pitches(samples: np.ndarray) -> set[int]:
    """The strong frequencies in a row of samples, in Hz to the nearest 20."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64)))
    peaks = np.flatnonzero(spectrum > spectrum.max() / 4)
    return {int(round(float(peak) * SPEECH_RATE_HZ / len(samples) / 20) * 20) for peak in peaks}


def heard(path: Path, facts: MediaFacts, *, each_channel: bool = False) -> np.ndarray:
    """The samples ``[rows, samples]``."""
    return np.concatenate(list(decode_pcm16k(path, facts.tracks, each_channel=each_channel)), axis=1)


@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.mp4"])
def test_speech_in_the_second_track_is_found(tmp_path: Path, name: str) -> None:
    path = write_tracks(tmp_path / name, [Sound(peak=0)], [Sound(hz=HIGH)])
    facts = inspect_media(path)
    assert ([track.stream for track in facts.tracks], facts.preparation) == ([1], ("tracks",))
    assert pitches(heard(path, facts)[0]) == {HIGH}


def test_all_tracks_with_sound_are_mixed(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "a.mkv", [Sound(hz=LOW)], [Sound(peak=0)], [Sound(hz=HIGH)])
    facts = inspect_media(path)
    assert facts.preparation == ("tracks",)
    assert pitches(heard(path, facts)[0]) == {LOW, HIGH}


def test_a_track_that_lasts_longer_is_heard_to_its_end(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "a.mkv", [Sound(seconds=1)], [Sound(seconds=4, hz=HIGH)])
    samples = heard(path, inspect_media(path))[0]
    assert len(samples) == pytest.approx(4 * SPEECH_RATE_HZ, abs=2000)
    assert pitches(samples[-SPEECH_RATE_HZ:]) == {HIGH}


@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_s16le"), ("a.flac", "flac"), ("a.m4a", "aac")])
@pytest.mark.parametrize("phases", [(1, -1), (0.7, -1), (-1, 1)])
def test_opposite_phase_does_not_cancel_out(tmp_path: Path, name: str, codec: str, phases: tuple[float, float]) -> None:
    path = write_tracks(tmp_path / name, [Sound(channels=phases)], codec=codec)
    facts = inspect_media(path)
    assert "phase" in facts.preparation
    assert np.abs(heard(path, facts)[0]).max() > 0.2 * 32767


@pytest.mark.parametrize("phases", [(1, 1), (1, 0), (0, 1), (1, 0.3)])
def test_ordinary_stereo_is_used_as_it_is(tmp_path: Path, phases: tuple[float, float]) -> None:
    facts = inspect_media(write_tracks(tmp_path / "a.wav", [Sound(channels=phases)], codec="pcm_s16le"))
    assert facts.preparation == ()
    assert preparation_for(facts, multichannel=False) == Preparation(needed=False, multichannel=False)
    assert len(facts.tracks[0].voices) == 1


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 8, 9, 12, 16, 24, 32])
def test_sound_on_any_of_up_to_32_channels_is_heard(tmp_path: Path, count: int) -> None:
    path = write_tracks(tmp_path / "a.wav", [Sound(channels=(0,) * (count - 1) + (1,))], codec="pcm_s16le")
    facts = inspect_media(path)
    assert (facts.channels, facts.tracks[0].voices) == (count, (count - 1,))
    assert ("channels" in facts.preparation) == (count > 2)
    assert np.abs(heard(path, facts)[0]).max() == pytest.approx(0.3 * 32767, rel=0.05)


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s24le", "pcm_f32le", "pcm_f64le", "pcm_mulaw"])
def test_channels_are_told_apart_in_every_sample_format(tmp_path: Path, codec: str) -> None:
    facts = inspect_media(write_tracks(tmp_path / "a.wav", [Sound(channels=(1, -1))], codec=codec))
    assert facts.preparation == ("phase",)


def two_people(path: Path) -> Path:
    """A call in stereo: one person on each channel."""
    parts = [Sound(channels=(1, 0), hz=LOW), Sound(channels=(0, 1), hz=HIGH, start_s=2.048)]
    return write_tracks(path, parts, codec="pcm_s16le")


def test_the_channels_of_a_call_become_one_voice_each(tmp_path: Path) -> None:
    path = two_people(tmp_path / "a.wav")
    facts = inspect_media(path, multichannel=True)
    assert facts.voices == 2
    assert preparation_for(facts, multichannel=True) == Preparation(needed=False, multichannel=True)
    assert [pitches(np.concatenate(list(decode_pcm16k_channel(path, one)))) for one in (0, 1)] == [{LOW}, {HIGH}]
    assert pitches(heard(path, facts)[0]) == {LOW, HIGH}


def test_the_tracks_of_a_meeting_become_channels_of_its_prepared_copy(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "a.mkv", [Sound(hz=LOW)], [Sound(peak=0)], [Sound(hz=HIGH, start_s=3)])
    facts = inspect_media(path, multichannel=True)
    assert preparation_for(facts, multichannel=True) == Preparation(needed=True, multichannel=True)
    write_prepared(path, tmp_path / "b.flac", facts.tracks, each_channel=True)
    copy = inspect_media(tmp_path / "b.flac", multichannel=True)
    assert (copy.channels, copy.duration_ms, copy.preparation) == (2, facts.duration_ms, ())
    assert pitches(np.concatenate(list(decode_pcm16k_channel(tmp_path / "b.flac", 1)))[3 * SPEECH_RATE_HZ :]) == {HIGH}


@pytest.mark.parametrize("phases", [(1, 1), (1, 0), (1, -1)])
def test_one_voice_on_two_channels_is_one_voice(tmp_path: Path, phases: tuple[float, float]) -> None:
    path = write_tracks(tmp_path / "a.wav", [Sound(channels=phases)], codec="pcm_s16le")
    facts = inspect_media(path, multichannel=True)
    assert not preparation_for(facts, multichannel=True).multichannel


def test_more_voices_than_a_prepared_copy_holds_are_mixed(tmp_path: Path) -> None:
    many = policies.MAX_VOICES + 1
    parts = [
        Sound(channels=tuple(float(one == own) for one in range(many)), hz=100 + 37 * own, start_s=own, seconds=1)
        for own in range(many)
    ]
    facts = inspect_media(write_tracks(tmp_path / "a.wav", parts, codec="pcm_s16le"), multichannel=True)
    assert facts.voices == many
    assert preparation_for(facts, multichannel=True) == Preparation(needed=True, multichannel=False)


@pytest.mark.parametrize("count", range(1, 9))
def test_a_prepared_copy_keeps_the_order_of_up_to_eight_voices(tmp_path: Path, count: int) -> None:
    tracks = [[Sound(hz=200 + 100 * one, seconds=1)] for one in range(count)]
    path = write_tracks(tmp_path / "a.mkv", *tracks)
    facts = inspect_media(path, multichannel=True)
    write_prepared(path, tmp_path / "b.flac", facts.tracks, each_channel=True)
    found = [pitches(np.concatenate(list(decode_pcm16k_channel(tmp_path / "b.flac", one)))) for one in range(count)]
    assert found == [{200 + 100 * one} for one in range(count)]
    assert (tmp_path / "b.flac").stat().st_size < largest_bytes(facts.duration_ms, count)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "container"),
    [
        ("a.wma", "wmav2", 44_100, None),
        ("a.avi", "libmp3lame", 44_100, None),
        ("a.aiff", "pcm_s16be", 16_000, None),
        ("a.caf", "alac", 16_000, None),
        ("a.au", "pcm_mulaw", 8_000, None),
        ("a.w64", "pcm_s16le", 16_000, None),
        ("a.amr", "libopencore_amrnb", 8_000, None),
        ("a.3gp", "libopencore_amrnb", 8_000, "3gp"),
        ("a.ts", "aac", 16_000, None),
        ("a.mkv", "ac3", 48_000, None),
    ],
)
def test_formats_that_browsers_do_not_play_are_taken_and_prepared(
    tmp_path: Path, name: str, codec: str, rate: int, container: str | None
) -> None:
    path = write_tracks(tmp_path / name, [Sound()], codec=codec, rate=rate, container=container)
    facts = inspect_media(path)
    assert "format" in facts.preparation
    assert facts.duration_ms == pytest.approx(2080, abs=80)
    write_prepared(path, tmp_path / "b.flac", facts.tracks, each_channel=False)
    assert inspect_media(tmp_path / "b.flac").preparation == ()


def test_a_track_in_an_unknown_codec_is_left_out_and_counted(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "a.mkv", [Sound()], [Sound(hz=HIGH)])
    path.write_bytes(_other_codec(path.read_bytes(), 1))
    facts = inspect_media(path)
    assert (len(facts.tracks), facts.tracks_left_out) == (1, 1)


def test_a_file_of_unknown_codecs_alone_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "a.mkv", [Sound()])
    path.write_bytes(_other_codec(path.read_bytes(), 1))
    with pytest.raises(IntakeRefused) as refusal:
        inspect_media(path)
    assert refusal.value.code == "unknown_codec"


def _other_codec(raw: bytes, times: int) -> bytes:
    assert raw.count(b"A_AAC") >= times
    return raw.replace(b"A_AAC", b"A_XYZ", times)


def test_more_tracks_than_are_mixed_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "MAX_TRACKS", 2)
    path = write_tracks(tmp_path / "a.mkv", *([Sound(seconds=0.5)] for _ in range(3)))
    with pytest.raises(IntakeRefused) as refusal:
        inspect_media(path)
    assert refusal.value.code == "too_many_tracks"


def stereo(left: int, right: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.tile(np.array([left, right, 0, 0], np.int16), 50)[None, :], layout="stereo")
    frame.sample_rate = 16_000
    return frame


def test_the_only_sound_of_a_long_recording_is_measured_wherever_it_is() -> None:
    for position in range(policies.MEASURED_FRAMES, policies.MEASURED_FRAMES + policies.MEASURED_STRIDE):
        meter = ChannelMeter(thorough=False)
        for index in range(policies.MEASURED_FRAMES * 2):
            meter.add(stereo(9000, -9000) if index == position else stereo(0, 0))
        assert meter.peak > policies.SILENCE_PEAK
        assert meter.cancels_out()


def test_a_layout_that_changes_to_silence_leaves_a_plain_mix() -> None:
    meter = ChannelMeter(thorough=False)
    meter.add(stereo(9000, 9000))
    meter._compare(np.zeros((1, 100), np.float32))
    assert (meter.weights(), meter.voices(), meter.cancels_out()) == ((), (0,), False)


@pytest.mark.parametrize(
    ("name", "codec", "channels"),
    [
        ("a.mp4", "aac", 8),
        ("a.webm", "libopus", 8),
        ("a.mkv", "wavpack", 8),
        ("a.mkv", "wavpack", 9),
        ("a.mkv", "wavpack", 16),
        ("a.mkv", "wavpack", 32),
    ],
)
def test_many_channels_that_a_decoder_gives_one_by_one_are_taken(
    tmp_path: Path, name: str, codec: str, channels: int
) -> None:
    phases = tuple(1.0 if channel == channels - 1 else 0.0 for channel in range(channels))
    path = write_tracks(tmp_path / name, [Sound(channels=phases, hz=HIGH)], codec=codec)
    facts = inspect_media(path)
    assert (facts.channels, facts.tracks[0].voices) == (channels, (channels - 1,))
    assert pitches(heard(path, facts)[0]) == {HIGH}

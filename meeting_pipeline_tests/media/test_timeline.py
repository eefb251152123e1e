"""Where the sound of a file lies in time: pauses that a recorder left out, late beginnings, other clocks."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.decoding import SPEECH_RATE_HZ, decode_pcm16k_mono
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline.media.timeline import Timeline
from meeting_pipeline_tests.media.files import Sound, write_tracks

SECONDS = 2.05
"""Length of a sound in whole frames of its codec, in seconds."""


def loud_parts(path: Path) -> list[tuple[float, float]]:
    """Begin and end of each sound, in seconds."""
    samples = np.concatenate(list(decode_pcm16k_mono(path)))
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 1500) / SPEECH_RATE_HZ
    breaks = np.flatnonzero(np.diff(loud) > 0.5)
    starts, ends = [loud[0], *loud[breaks + 1]], [*loud[breaks], loud[-1]]
    return list(zip(map(float, starts), map(float, ends), strict=True))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.webm", "libopus"), ("a.mkv", "aac"), ("a.mka", "flac"), ("a.mp4", "aac"), ("a.mov", "aac"), ("a.ts", "aac")],
)
def test_a_pause_that_the_recorder_left_out_is_silence(tmp_path: Path, name: str, codec: str) -> None:
    path = write_tracks(tmp_path / name, [Sound(), Sound(start_s=60)], codec=codec, container=_muxer(name))
    facts = inspect_media(path)
    assert facts.duration_ms == pytest.approx(62_050, abs=100)
    assert "gaps" in facts.preparation
    (_, first_end), (second, _) = loud_parts(path)
    assert first_end == pytest.approx(SECONDS, abs=0.1)
    assert second == pytest.approx(60, abs=0.1)


def _muxer(name: str) -> str | None:
    return "matroska" if name.endswith(".mka") else None


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.mov"])
def test_sound_that_begins_after_the_pictures_keeps_its_place(tmp_path: Path, name: str) -> None:
    path = write_tracks(tmp_path / name, [Sound(start_s=30)], picture_seconds=40)
    facts = inspect_media(path)
    assert (facts.duration_ms, facts.preparation) == (40_000, ("gaps",))
    assert loud_parts(path)[0][0] == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize("start_s", [30, 3 * 3600, 1_700_000_000])
def test_a_piece_of_a_live_recording_begins_at_zero(tmp_path: Path, start_s: int) -> None:
    path = write_tracks(tmp_path / "a.webm", [Sound(), Sound(start_s=5)], codec="libopus", start_s=start_s)
    facts = inspect_media(path)
    assert facts.duration_ms == pytest.approx(7050, abs=100)
    assert "start" in facts.preparation  # players disagree on where it begins
    assert [start for start, _ in loud_parts(path)] == pytest.approx([0, 5], abs=0.1)


def test_a_piece_that_was_cut_off_is_still_seen(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "a.webm", [Sound(seconds=20)], codec="libopus", start_s=30)
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(IntakeRefused) as refusal:
        inspect_media(path)
    assert refusal.value.code == "truncated"


@pytest.mark.parametrize(("name", "codec"), [("a.webm", "libopus"), ("a.mkv", "aac")])
def test_the_middle_of_a_live_recording_is_refused_with_the_reason(tmp_path: Path, name: str, codec: str) -> None:
    path = write_tracks(tmp_path / name, [Sound(seconds=5)], codec=codec)
    raw = path.read_bytes()
    path.write_bytes(raw[raw.index(b"\x1f\x43\xb6\x75") :])
    with pytest.raises(IntakeRefused, match="middle of a live recording") as refusal:
        inspect_media(path)
    assert refusal.value.code == "truncated"


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp3", "libmp3lame"), ("a.aac", "aac"), ("a.flac", "flac"), ("a.ogg", "libopus")]
)  # fmt: skip
def test_joined_files_are_heard_to_their_end(tmp_path: Path, name: str, codec: str) -> None:
    path = write_tracks(tmp_path / name, [Sound()], codec=codec)
    path.write_bytes(path.read_bytes() * 3)
    facts = inspect_media(path)
    assert facts.duration_ms == pytest.approx(3 * 2100, abs=300)
    assert facts.preparation == ()
    assert sum(len(block) for block in decode_pcm16k_mono(path)) == pytest.approx(
        facts.duration_ms * SPEECH_RATE_HZ / 1000, abs=SPEECH_RATE_HZ / 10
    )


@pytest.mark.parametrize(
    ("name", "codec"), [("a.wav", "pcm_s16le"), ("a.m4a", "aac"), ("a.mp4", "aac"), ("a.webm", "libopus")]
)
def test_joined_files_of_which_players_hear_only_the_first_are_refused(tmp_path: Path, name: str, codec: str) -> None:
    path = write_tracks(tmp_path / name, [Sound()], codec=codec)
    path.write_bytes(path.read_bytes() * 3)
    with pytest.raises(IntakeRefused) as refusal:
        inspect_media(path)
    assert refusal.value.code == "joined_files"


def test_silence_counts_towards_the_longest_duration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tracks(tmp_path / "a.mkv", [Sound(), Sound(start_s=3000)])
    monkeypatch.setattr(policies, "MAX_RECORDING_HOURS", 0.5)
    with pytest.raises(IntakeRefused) as refusal:
        inspect_media(path)
    assert refusal.value.code == "too_long"


def _frame(pts: int | None, samples: int = 480) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, samples), np.int16), format="s16", layout="mono")
    frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 1000), pts
    return frame


def test_jitter_of_time_stamps_makes_no_silence() -> None:
    timeline = Timeline(0.0, 0.001)
    assert [timeline.add(_frame(pts)) for pts in (0, 90, 15, None, 130)] == [0.0] * 5
    assert timeline.end_s == pytest.approx(0.05)


def test_slow_drift_is_caught_up_with() -> None:
    timeline = Timeline(0.0, 0.001)
    for index in range(10_000):  # a clock that runs one per cent fast: 100 s of samples in 101 s
        timeline.add(_frame(round(index * 10.1)))
    assert timeline.end_s == pytest.approx(101, abs=0.25)


def test_a_clock_that_jumps_is_another_clock() -> None:
    timeline = Timeline(0.0, 0.001)
    for pts in (0, 10, 1_700_000_000_000, 1_700_000_000_010, 1_700_000_003_020, 5, 15):
        timeline.add(_frame(pts))
    assert timeline.gaps_s == pytest.approx(3.0)
    assert timeline.end_s == pytest.approx(3.07)

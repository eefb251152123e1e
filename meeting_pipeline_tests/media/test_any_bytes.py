"""Whatever the bytes: facts, or a refusal with a reason. Never another error, never a hang, never much memory."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.recording import MediaFacts
from meeting_pipeline.media.decoding import decode_pcm16k
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline.media.joined import second_file_at
from meeting_pipeline.media.tags import sound_end
from meeting_pipeline_tests.media.files import Sound, write_tracks
from meeting_pipeline_tests.random_examples import examples

KINDS = {
    "a.wav": ("pcm_s16le", 16_000),
    "a.webm": ("libopus", 16_000),
    "a.mkv": ("aac", 16_000),
    "a.mp4": ("aac", 16_000),
    "a.mp3": ("libmp3lame", 16_000),
    "a.ogg": ("libopus", 16_000),
    "a.flac": ("flac", 16_000),
    "a.amr": ("libopencore_amrnb", 8_000),
    "a.wma": ("wmav2", 44_100),
    "a.aiff": ("pcm_s16be", 16_000),
    "a.caf": ("alac", 16_000),
    "a.avi": ("libmp3lame", 44_100),
    "a.ts": ("aac", 16_000),
    "a.au": ("pcm_s16be", 16_000),
    "a.w64": ("pcm_s16le", 16_000),
}
ONE_FOLDER = settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_seeds: dict[str, bytes] = {}


def seed(folder: Path, name: str) -> bytes:
    """A good file of this kind."""
    if name not in _seeds:
        codec, rate = KINDS[name]
        _seeds[name] = write_tracks(folder / name, [Sound(seconds=1)], codec=codec, rate=rate).read_bytes()
    return _seeds[name]


def outcome(path: Path) -> MediaFacts | str:
    try:
        facts = inspect_media(path)
    except IntakeRefused as refusal:
        return refusal.code
    samples = sum(block.shape[1] for block in decode_pcm16k(path, facts.tracks))
    assert samples / 16 <= facts.duration_ms + 500
    return facts


@ONE_FOLDER
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_a_file_with_changed_bytes_has_facts_or_is_refused(tmp_path: Path, name: str, data: st.DataObject) -> None:
    raw = bytearray(seed(tmp_path, name))
    for _ in range(data.draw(st.integers(1, 30))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(1, len(raw)))
    path = tmp_path / f"changed{Path(name).suffix}"
    path.write_bytes(bytes(raw[:end]))
    outcome(path)


@ONE_FOLDER
@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=4000))
def test_random_bytes_behind_any_beginning_do_no_harm(tmp_path: Path, name: str, noise: bytes) -> None:
    path = tmp_path / f"noise{Path(name).suffix}"
    path.write_bytes(seed(tmp_path, name)[:200] + noise)
    outcome(path)
    assert 0 <= sound_end(path) <= path.stat().st_size
    second_file_at(path, 0)


SOUNDS = st.builds(
    Sound,
    start_s=st.floats(0, 20),
    seconds=st.floats(0.2, 1.0),
    channels=st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), min_size=1, max_size=8).map(tuple),
)


@ONE_FOLDER
@given(st.lists(SOUNDS, min_size=1, max_size=5))
def test_any_tracks_become_one_sound_as_long_as_the_file(tmp_path: Path, sounds: list[Sound]) -> None:
    path = write_tracks(tmp_path / "tracks.mkv", *([sound] for sound in sounds), codec="flac")
    found = outcome(path)
    if isinstance(found, str):
        assert not any(any(sound.channels) for sound in sounds)
        assert found == "silent"
        return
    mixed = np.concatenate(list(decode_pcm16k(path, found.tracks)), axis=1)
    assert np.abs(mixed).max() > 500
    assert len(found.tracks) == sum(any(sound.channels) for sound in sounds)


@pytest.mark.parametrize("tracks", [1, 3])
def test_a_pause_of_hours_takes_no_memory(tmp_path: Path, tracks: int) -> None:
    path = write_tracks(
        tmp_path / "a.mkv", *([Sound(seconds=1), Sound(seconds=1, start_s=7200)] for _ in range(tracks))
    )
    facts = inspect_media(path)
    assert facts.duration_ms == pytest.approx(7_201_000, abs=200)
    tracemalloc.start()
    try:
        samples = sum(block.shape[1] for block in decode_pcm16k(path, facts.tracks))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert samples == pytest.approx(7201 * 16_000, abs=3000)
    assert peak < 8 * 1024**2

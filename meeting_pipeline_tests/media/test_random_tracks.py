"""Tracks of any number, channels, phases and pauses: what sounds in the file sounds in what is transcribed, at the same time."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.decoding import SPEECH_RATE_HZ, decode_pcm16k_mono
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline.media.prepared import preparation_for, write_prepared
from meeting_pipeline_tests.media.files import Sound, write_tracks
from meeting_pipeline_tests.random_examples import examples

CODECS = {"a.mkv": "aac", "a.mp4": "aac", "a.mov": "aac", "a.webm": "libopus", "a.mka": "flac", "a.ts": "aac"}
MUXERS = {"a.mka": "matroska"}
LOUD = 600
"""A sample of one of the tones, as loud as it is in the mix of all tracks."""
SLACK_S = 0.15
"""A codec's frame, what an encoder adds before the first, and how fast a tone swells."""
ONE_FOLDER = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class File:
    """A file: its name, its tracks, and how much its clock is ahead, in seconds."""

    name: str
    rate: int
    tracks: tuple[tuple[Sound, ...], ...]
    ahead_s: float

    @property
    def audible(self) -> list[Sound]:
        """Sounds that are not silent on all channels."""
        return [sound for track in self.tracks for sound in track if any(sound.channels)]


@st.composite
def files(draw: st.DrawFn) -> File:
    name = draw(st.sampled_from(sorted(CODECS)))
    count = draw(st.integers(1, 4))
    tracks = tuple(draw(_tracks(220.0 + 97.0 * number)) for number in range(count))
    rate = draw(st.sampled_from([16_000, 48_000]))
    return File(name, rate, tracks, draw(st.sampled_from([0.0, 0.0, 30.0, 7200.0])))


@st.composite
def _tracks(draw: st.DrawFn, hz: float) -> tuple[Sound, ...]:
    channels = draw(st.sampled_from([1, 1, 2, 2, 6, 8]))
    phases = draw(st.lists(st.sampled_from([1.0, 0.0, -1.0]), min_size=channels, max_size=channels).map(tuple))
    at, sounds = draw(st.sampled_from([0.0, 0.0, 2.0, 9.0])), []
    for _ in range(draw(st.integers(1, 3))):
        seconds = draw(st.sampled_from([0.5, 1.0, 1.5]))
        sounds.append(Sound(start_s=at, seconds=seconds, channels=phases, hz=hz, peak=0.4))
        at += seconds + draw(st.sampled_from([1.0, 3.0, 20.0]))
    return tuple(sounds)


@ONE_FOLDER
@given(files())
def test_every_sound_is_heard_at_its_time_and_nothing_between(tmp_path: Path, file: File) -> None:
    path = write_tracks(
        tmp_path / file.name, *file.tracks, codec=CODECS[file.name], rate=file.rate, container=MUXERS.get(file.name),
        start_s=file.ahead_s,
    )  # fmt: skip
    if not file.audible:
        with pytest.raises(IntakeRefused) as refusal:
            inspect_media(path)
        assert refusal.value.code == "silent"
        return
    facts = inspect_media(path)
    begin = min(
        sound.start_s for track in file.tracks for sound in track
    )  # without pictures, the first sound is time zero
    end = max(sound.start_s + sound.seconds for track in file.tracks for sound in track)
    assert facts.duration_ms / 1000 == pytest.approx(end - begin, abs=SLACK_S)
    if preparation_for(facts, multichannel=False).needed:
        write_prepared(path, tmp_path / "prepared.flac", facts.tracks, each_channel=False)
        path = tmp_path / "prepared.flac"
    heard = np.abs(np.concatenate(list(decode_pcm16k_mono(path))).astype(np.int32))
    times = np.arange(len(heard)) / SPEECH_RATE_HZ
    between = np.ones(len(heard), dtype=bool)
    for sound in file.audible:
        starts, ends = sound.start_s - begin, sound.start_s - begin + sound.seconds
        within = heard[(times > starts + SLACK_S) & (times < ends - SLACK_S)]
        assert len(within) > 0, (sound, len(heard))
        assert np.percentile(within, 90) > LOUD, sound
        between &= (times < starts - SLACK_S) | (times > ends + SLACK_S)
    assert not (heard[between] > LOUD).any(), times[between & (heard > LOUD)][:5]

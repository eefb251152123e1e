"""Recordings as devices make them: a folder of samples beside the checkout, each with what is right for it."""

from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.decoding import decode_pcm16k_mono
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline.media.prepared import preparation_for, write_prepared
from meeting_pipeline.providers.offline.segmentation import stretches

FOLDER = Path(__file__).parents[3] / "shared" / "cases" / "inputs" / "recordings"
RIGHT: dict[str, tuple[float, float]] = {
    "gap_60s.webm": (68.6, 64.0),
    "gap_20s.mp4": (28.6, 23.0),
    "sound_from_30s.mp4": (40.0, 30.0),
    "starts_at_30s.webm": (8.6, 0.0),
    "track1_silent.mkv": (3.9, 0.0),
    "track1_silent.mov": (3.8, 0.0),
    "two_people_two_tracks.mkv": (4.9, 0.0),
    "inverted.flac": (3.8, 0.0),
    "cover_in_ape_tag.mp3": (8.6, 0.0),
    "phone_call.3gp": (8.6, 0.0),
    "browser.mka": (8.6, 0.0),
}
"""Length in seconds, and where the last sentence starts at the earliest."""


@pytest.mark.parametrize("name", RIGHT)
def test_what_a_device_recorded_is_taken_with_the_times_of_its_file(tmp_path: Path, name: str) -> None:
    path = sample(name)
    length, last_from = RIGHT[name]
    facts = inspect_media(path)
    assert facts.duration_ms / 1000 == pytest.approx(length, abs=0.1)
    if preparation_for(facts, multichannel=False).needed:
        path = tmp_path / "prepared.flac"
        write_prepared(sample(name), path, facts.tracks, each_channel=False)
    starts = [stretch.start_ms / 1000 for stretch in stretches(decode_pcm16k_mono(path))]
    assert starts
    assert last_from - 0.3 <= starts[-1] < length


def test_nine_channels_are_taken() -> None:
    facts = inspect_media(sample("ch9.wav"))
    assert (facts.channels, facts.preparation) == (9, ("channels",))


def test_an_unknown_codec_is_refused_with_a_reason() -> None:
    with pytest.raises(IntakeRefused) as refusal:
        inspect_media(sample("unknown_codec.webm"))
    assert refusal.value.code == "unknown_codec"


def sample(name: str) -> Path:
    """A sample; the test is skipped if it is missing."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the checkout")
    return path

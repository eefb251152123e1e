"""Recordings as devices make them: a folder of samples beside the checkout, each with what is right for it."""

from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.decoding import decode_pcm16k_mono
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline.media.prepared import preparation_for, write_prepared
from meeting_pipeline.providers.offline.segmentation import stretches
from meeting_pipeline_tests.shared_cases import INPUTS
from meeting_pipeline_tests.shared_cases.recordings import NINE_CHANNELS, REFUSED, RIGHT_SOUNDS

FOLDER = INPUTS / "recordings"


@pytest.mark.parametrize("name", RIGHT_SOUNDS)
def test_what_a_device_recorded_is_taken_with_the_times_of_its_file(tmp_path: Path, name: str) -> None:
    path = sample(name)
    length, last_from = RIGHT_SOUNDS[name]
    facts = inspect_media(path)
    assert facts.duration_ms / 1000 == pytest.approx(length, abs=0.1)
    if preparation_for(facts, multichannel=False).needed:
        path = tmp_path / "prepared.flac"
        write_prepared(sample(name), path, facts.tracks, each_channel=False)
    starts = [stretch.start_ms / 1000 for stretch in stretches(decode_pcm16k_mono(path))]
    assert starts
    assert last_from - 0.3 <= starts[-1] < length


def test_nine_channels_are_taken() -> None:
    facts = inspect_media(sample(NINE_CHANNELS))
    assert (facts.channels, facts.preparation) == (9, ("channels",))


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_an_unknown_codec_is_refused_with_a_reason(name: str, code: str) -> None:
    with pytest.raises(IntakeRefused) as refusal:
        inspect_media(sample(name))
    assert refusal.value.code == code


def sample(name: str) -> Path:
    """A sample; the test is skipped if it is missing."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the checkout")
    return path

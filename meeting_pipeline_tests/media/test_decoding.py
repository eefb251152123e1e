"""Samples for speech recognition, from real files."""

from pathlib import Path

import numpy as np
import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.decoding import SPEECH_RATE_HZ, decode_pcm16k_mono
from meeting_pipeline_tests.media.files import write_media


@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_s16le"), ("a.mp3", "mp3"), ("a.webm", "libopus")])
def test_any_format_becomes_16_khz_mono_with_its_pitch(tmp_path: Path, name: str, codec: str) -> None:
    samples = np.concatenate(list(decode_pcm16k_mono(write_media(tmp_path / name, codec))))
    assert samples.dtype == np.int16
    assert len(samples) == pytest.approx(3 * SPEECH_RATE_HZ, abs=1500)
    spectrum = np.abs(np.fft.rfft(samples[:SPEECH_RATE_HZ]))
    assert int(np.argmax(spectrum)) == pytest.approx(220, abs=2)
    assert np.abs(samples).max() == pytest.approx(0.3 * 32767, rel=0.1)


def test_blocks_are_small_whatever_the_length(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.flac", "flac", seconds=10)
    assert max(len(block) for block in decode_pcm16k_mono(path)) < SPEECH_RATE_HZ


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_text("words")
    with pytest.raises(IntakeRefused) as refusal:
        next(iter(decode_pcm16k_mono(path)))
    assert refusal.value.code == "not_media"

"""Voices are made of the stretches that they are asked of, and of nothing else; a model is known by the hash of its file."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.providers import speaker_voices
from meeting_pipeline.providers.speaker_voices import model_id, try_model, voices_in
from meeting_pipeline_tests.fakes.voice_engine import BANDS, ToneEngine
from meeting_pipeline_tests.steps.voices.talks import HIGH, LOW, as_wav, sound

MODEL = Path("/no/model")


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker_voices, "_engine", lambda _: ToneEngine())


def file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "m.wav"
    path.write_bytes(content)
    return path


def test_each_voice_is_of_its_own_stretches(tmp_path: Path) -> None:
    path = file(tmp_path, sound(LOW, HIGH, LOW))
    found = voices_in(
        path, MODEL, {"A": [(1_000, 9_000), (21_000, 29_000)], "B": [(11_000, 19_000)], "C": [(1, 9_999)]}
    )
    assert {label: int(np.argmax(voice)) for label, voice in found.items()} == {
        "A": 0,
        "B": int(HIGH / 8_000 * BANDS),
        "C": 0,
    }
    assert all(np.linalg.norm(voice) == pytest.approx(1) for voice in found.values())


def test_stretches_may_overlap_and_end_after_the_sound(tmp_path: Path) -> None:
    path = file(tmp_path, sound(LOW))
    found = voices_in(path, MODEL, {"A": [(0, 8_000)], "B": [(4_000, 99_000)], "C": [(50_000, 60_000)]})
    assert set(found) == {"A", "B"}


@pytest.mark.parametrize(
    "samples",
    [np.zeros(16_000), np.full(16_000, 0.0005), np.zeros(0), np.ones(5)],
    ids=["silence", "hiss", "nothing", "5"],
)
def test_what_is_no_voice_makes_none(tmp_path: Path, samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    if len(samples) == 0:
        assert voices_in(file(tmp_path, sound(LOW)), MODEL, {"A": []}) == {}
        return
    assert voices_in(file(tmp_path, as_wav(samples)), MODEL, {"A": [(0, 10_000)]}) == {}


def test_numbers_that_are_none_make_no_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker_voices, "_engine", lambda _: ToneEngine(broken=True))
    assert voices_in(file(tmp_path, sound(LOW)), MODEL, {"A": [(0, 9_000)]}) == {}
    with pytest.raises(OperatorError, match="no numbers"):
        try_model(MODEL)


def test_a_model_is_known_by_what_is_in_its_file(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"weights")
    other.write_bytes(b"weights")
    known = model_id(one)
    assert known is not None
    assert known == model_id(other)
    other.write_bytes(b"weight!")
    os.utime(other, ns=(1, 1))
    assert model_id(other) not in (None, known)
    assert model_id(None) is None
    assert model_id(tmp_path / "nothing") is None
    assert model_id(tmp_path) is None


@pytest.mark.parametrize("made", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_no_model_and_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(speaker_voices, "_hash", lambda *_: "read")  # which would not end
    made(tmp_path / "model")
    assert model_id(tmp_path / "model") is None


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(OperatorError) as raised:
        try_model(MODEL)
    assert raised.value.code == "voices_not_installed"
    assert "meeting-pipeline[voices]" in str(raised.value.advice)

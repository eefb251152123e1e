"""What is asked of the library, and which of its answers are believed."""

import sys
from pathlib import Path

import numpy as np
import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.providers.offline.segmentation import Stretch
from meeting_pipeline.providers.whisper import engine, policies
from meeting_pipeline.providers.whisper.pieces import Piece
from meeting_pipeline.providers.whisper.windows import Window
from meeting_pipeline_tests.providers.whisper.fake_model import RATE, FakeModel, FakeSegment, FakeWord, loud

PIECE = Piece((Stretch(0, np.full(3 * RATE, 1000, dtype=np.int16)),))


class Scripted(FakeModel):
    def __init__(self, *segments: FakeSegment) -> None:
        super().__init__()
        self.segments = segments

    def transcribe(self, audio: object, **options: object) -> tuple[tuple[FakeSegment, ...], None]:
        return self.segments, None


def heard(*segments: FakeSegment) -> list[str]:
    return [word.text for word in engine.recognise(Scripted(*segments), PIECE, "en")]


def test_words_that_the_model_guesses_are_left_out() -> None:
    good = FakeSegment([FakeWord(" real", 0, 1)])
    guess = FakeSegment([FakeWord(" Thank you.", 1, 2)], avg_logprob=policies.LOG_PROBABILITY - 0.01)
    assert heard(good, guess) == [" real"]


def test_words_that_repeat_in_a_loop_are_left_out() -> None:
    assert heard(FakeSegment([FakeWord(" no", 0, 1)] * 50, compression_ratio=policies.COMPRESSION_RATIO + 0.1)) == []


def test_segments_without_words_and_words_without_text_are_nothing() -> None:
    assert heard(FakeSegment(None), FakeSegment([FakeWord(" ", 0, 1), FakeWord("", 0, 1)])) == []


def test_no_text_leads_from_one_piece_to_the_next_and_every_guard_is_set() -> None:
    model = FakeModel()
    engine.recognise(model, PIECE, "de")
    asked = model.asked[0]
    assert asked["language"] == "de"
    assert asked["condition_on_previous_text"] is False
    assert asked["no_speech_threshold"] == policies.NO_SPEECH_PROBABILITY
    assert asked["hallucination_silence_threshold"] == policies.SILENCE_IN_SPEECH_S
    assert asked["temperature"] == list(policies.TEMPERATURES)


def test_a_model_of_one_language_is_not_asked_for_it() -> None:
    model = FakeModel(supported_languages=["en"])
    assert engine.language_of(model, [PIECE]) == "en"
    assert model.detected == []


def test_speech_is_where_it_is_in_the_recording() -> None:
    samples = np.zeros(3 * RATE, dtype=np.int16)
    samples[RATE : 2 * RATE] = 9000
    found = list(engine.stretches([Window(10 * RATE, samples)], loud))
    assert [(one.start_ms, one.samples.size) for one in found] == [(11_000, RATE)]


def test_the_detector_is_not_troubled_with_digital_silence() -> None:
    def broken(samples: object) -> list[tuple[int, int]]:
        raise AssertionError

    assert list(engine.stretches([Window(0, np.zeros(RATE, dtype=np.int16))], broken)) == []


def test_without_the_library_the_operator_learns_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(OperatorError) as caught:
        engine.load(Path("anywhere"), 1)
    assert caught.value.code == "whisper_not_installed"
    assert engine.INSTALL in caught.value.advice


def test_what_is_no_model_is_an_operators_error(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper", reason="the extra whisper is not installed")
    (tmp_path / "model.bin").write_bytes(b"nonsense")
    with pytest.raises(OperatorError) as caught:
        engine.load(tmp_path, 1)
    assert caught.value.code == "model_unusable"

"""What the offline engine accepts and rejects. ``test_offline.py`` tests what it finds in the sample."""

import wave
from pathlib import Path

import numpy as np

from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.offline.speech_to_text import OfflineSpeechToText
from meeting_pipeline.providers.ports import Audio, Rejected, SpeechToText
from meeting_pipeline_tests.providers.offline.spoken import RECORDING, turns


def collected(path: Path | None, *, language: str | None = None) -> object:
    port: SpeechToText = OfflineSpeechToText()
    options = port.options(language=language, keyterms=(), speakers_expected=None)
    return port.collect(None, Audio(path, None, 1000), options)


def test_another_language_is_rejected_rather_than_guessed() -> None:
    for language in ("de", "fr_ca"):
        result = collected(RECORDING, language=language)
        assert isinstance(result, Rejected)
        assert result.code == "unsupported_language"


def test_a_transcript_alone_is_nothing_to_transcribe() -> None:
    result = collected(None)
    assert isinstance(result, Rejected)
    assert result.code == "no_media"


def test_a_stored_file_that_went_bad_is_rejected_with_its_code(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_text("no sound")
    result = collected(path)
    assert isinstance(result, Rejected)
    assert result.code == "not_media"


def test_a_recording_without_speech_gives_an_empty_transcript(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\0\0" * 32_000)
    result = collected(path)
    assert isinstance(result, Transcript)
    assert result.segments == ()
    assert result.confidence is None


def test_key_terms_do_not_make_another_transcription() -> None:
    port = OfflineSpeechToText()
    plain = port.options(language=None, keyterms=(), speakers_expected=2)
    assert port.options(language=None, keyterms=("x",), speakers_expected=2) == plain
    assert port.options(language=None, keyterms=(), speakers_expected=3) != plain


def test_each_channel_is_one_speaker_in_order_of_time(tmp_path: Path) -> None:
    first, second, third = (stretch.samples for _, stretch in turns()[:3])
    rest = np.zeros(8_000, dtype=np.int16)
    left = np.concatenate([first, rest, np.zeros_like(second), rest, third])
    right = np.concatenate([np.zeros_like(first), rest, second, rest, np.zeros_like(third)])
    path = tmp_path / "call.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(np.stack([left, right], axis=1).tobytes())
    port = OfflineSpeechToText()
    options = port.options(language=None, keyterms=(), speakers_expected=None)
    result = port.collect(None, Audio(path, None, 1000), options.model_copy(update={"multichannel": True}))
    assert isinstance(result, Transcript)
    assert [segment.speaker for segment in result.segments] == ["A", "B", "A"]
    assert result.segments[1].start_ms >= 1000 * len(first) // 16_000

"""The adapter with a model of its own: languages, times, channels, provenance, and what it refuses."""

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.ports import Audio, Rejected
from meeting_pipeline.providers.selection import SpeechProviders, speech_to_text
from meeting_pipeline.providers.whisper import policies
from meeting_pipeline.providers.whisper.folders import FoundModel, model_in_use, models_folder
from meeting_pipeline.providers.whisper.speech_to_text import WhisperSpeechToText, threads_of
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.providers.whisper.fake_model import RATE, FakeModel, loud
from meeting_pipeline_tests.providers.whisper.hub import CONTENT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "my-model"
    place.mkdir()
    for name, data in CONTENT.items():
        (place / name).write_bytes(data)
    return place


def sound(path: Path, *channels: NDArray[np.int16]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.stack(channels, axis=1).tobytes())
    return path


def talk(seconds: float, *spoken: tuple[float, float]) -> NDArray[np.int16]:
    """A quiet room with noise as loud as speech between these seconds."""
    chance = np.random.default_rng(5)
    samples = chance.integers(-20, 20, int(seconds * RATE)).astype(np.int16)
    for start, end in spoken:
        part = slice(int(start * RATE), int(end * RATE))
        samples[part] = chance.integers(-9000, 9000, samples[part].size)
    return samples


Transcribe = Callable[..., Transcript | Rejected]


@pytest.fixture
def transcribe(folder: Path) -> Transcribe:
    def run(model: FakeModel, path: Path | None, **options: Any) -> Transcript | Rejected:
        engine = WhisperSpeechToText(FoundModel(folder), 1, load=lambda place, threads: model, detector=loud)
        given = {"language": None, "keyterms": (), "speakers_expected": None}
        channels = options.pop("multichannel", False)
        chosen = engine.options(**{**given, **options}).model_copy(update={"multichannel": channels})
        return engine.collect(None, Audio(path, None, 1_000), chosen)

    return run


def test_words_keep_their_times_across_windows(transcribe: Transcribe, tmp_path: Path) -> None:
    path = sound(tmp_path / "long.wav", talk(300, (5, 8), (110, 114), (290, 293)))
    found = transcribe(FakeModel(), path)
    assert isinstance(found, Transcript)
    starts = [one.start_ms for one in found.segments]
    assert starts == pytest.approx([5_100, 110_100, 290_100], abs=200)  # the steps of the detector and of the words
    assert [one.text for one in found.segments] == ["yes. yes. yes.", "yes. yes. yes. yes.", "yes. yes. yes."]


def test_the_model_hears_speech_alone_in_pieces_of_bounded_length(transcribe: Transcribe, tmp_path: Path) -> None:
    model = FakeModel()
    transcribe(model, sound(tmp_path / "long.wav", talk(200, *[(at, at + 9) for at in range(5, 195, 10)])))
    assert max(model.pieces) <= policies.PIECE_MS * RATE // 1000
    assert sum(model.pieces) == pytest.approx(19 * 9 * RATE, rel=0.02)


def test_a_recording_without_speech_has_no_words_and_no_language(transcribe: Transcribe, tmp_path: Path) -> None:
    model = FakeModel()
    found = transcribe(model, sound(tmp_path / "quiet.wav", talk(130)))
    assert isinstance(found, Transcript)
    assert (found.segments, found.language, found.confidence, model.pieces) == ((), None, None, [])


def test_the_language_is_recognised_from_the_first_minute_once(transcribe: Transcribe, tmp_path: Path) -> None:
    model = FakeModel(language="de")
    path = sound(tmp_path / "long.wav", talk(200, *[(at, at + 9) for at in range(5, 195, 10)]))
    found = transcribe(model, path)
    assert isinstance(found, Transcript)
    assert found.language == "de"
    assert {one["language"] for one in model.asked} == {"de"}
    assert len(model.detected) == 1
    assert 60 <= model.detected[0] / RATE <= 60 + policies.PIECE_MS / 1000


def test_a_language_that_is_given_is_used(transcribe: Transcribe, tmp_path: Path) -> None:
    model = FakeModel()
    transcribe(model, sound(tmp_path / "a.wav", talk(5, (1, 3))), language="de_ch")
    assert (model.detected, model.asked[0]["language"]) == ([], "de")


def test_a_language_that_the_model_does_not_know_is_refused(transcribe: Transcribe, tmp_path: Path) -> None:
    found = transcribe(FakeModel(), sound(tmp_path / "a.wav", talk(5, (1, 3))), language="fr")
    assert isinstance(found, Rejected)
    assert found.code == "unsupported_language"


def test_each_channel_is_a_speaker_if_the_submitter_says_so(transcribe: Transcribe, tmp_path: Path) -> None:
    path = sound(tmp_path / "two.wav", talk(12, (6, 8)), talk(12, (1, 3), (9, 11)))
    found = transcribe(FakeModel(), path, multichannel=True)
    assert isinstance(found, Transcript)
    assert [(one.speaker, one.start_ms // 1000) for one in found.segments] == [("A", 1), ("B", 6), ("A", 9)]


def test_languages_without_spaces_get_none(transcribe: Transcribe, tmp_path: Path) -> None:
    found = transcribe(FakeModel(word="はい"), sound(tmp_path / "a.wav", talk(5, (1, 3))))
    assert isinstance(found, Transcript)
    assert found.segments[0].text == "はいはい"


def test_a_result_says_what_made_it(transcribe: Transcribe, tmp_path: Path) -> None:
    found = transcribe(FakeModel(), sound(tmp_path / "a.wav", talk(5, (1, 3))))
    assert isinstance(found, Transcript)
    assert (found.provenance.provider, found.provenance.draft) == ("whisper", True)
    assert found.provenance.model.startswith("whisper my-model (")
    assert "Whisper my-model" in found.provenance.note
    assert found.confidence == pytest.approx(0.9)


def test_a_file_that_is_no_sound_is_refused(transcribe: Transcribe, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    assert isinstance(transcribe(FakeModel(), tmp_path / "a.wav"), Rejected)
    found = transcribe(FakeModel(), None)
    assert isinstance(found, Rejected)
    assert found.code == "no_media"


def test_a_damaged_folder_is_an_operators_error_before_anything_is_loaded(folder: Path, tmp_path: Path) -> None:
    (folder / "tokenizer.json").unlink()
    settings = load_settings({"WHISPER_MODEL_DIR": str(folder)})
    with pytest.raises(OperatorError) as caught:
        speech_to_text(settings).check()
    assert caught.value.code == "model_damaged"


def test_whisper_is_used_where_a_model_is_and_no_key(folder: Path, tmp_path: Path) -> None:
    home = {"MEETING_PIPELINE_HOME": str(tmp_path / "home")}
    own = {**home, "WHISPER_MODEL_DIR": str(folder)}
    assert speech_to_text(load_settings(home)).name == "offline"
    assert (speech_to_text(load_settings(own)).name, speech_to_text(load_settings(own)).remote) == ("whisper", False)
    assert speech_to_text(load_settings({**own, "ASSEMBLYAI_API_KEY": "k"})).name == "assemblyai"
    assert SpeechProviders(load_settings(own)).choose(has_transcript=True).name == "imported"


def test_a_folder_that_was_named_is_not_silently_replaced_by_something_worse(tmp_path: Path) -> None:
    settings = load_settings({"WHISPER_MODEL_DIR": str(tmp_path / "typo")})
    assert speech_to_text(settings).name == "whisper"
    with pytest.raises(OperatorError) as caught:
        speech_to_text(settings).check()
    assert caught.value.code == "model_missing"


def test_the_best_fetched_model_is_used_and_an_unfinished_one_is_none(tmp_path: Path) -> None:
    settings = load_settings({"MEETING_PIPELINE_HOME": str(tmp_path)})
    for name in (".large-v3.part", "unknown"):
        (models_folder(settings) / name).mkdir(parents=True)
    assert model_in_use(settings) is None
    for name in ("small", "tiny.en", "base"):
        (models_folder(settings) / name).mkdir()
    used = model_in_use(settings)
    assert used is not None
    assert used.name == "small"
    assert speech_to_text(settings).options(language=None, keyterms=("x",), speakers_expected=2).speech_models == (
        "small",
    )


def test_recordings_in_progress_share_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    for processors, runs, expected in ((16, 4, 4), (8, 4, 2), (2, 4, 1), (64, 1, 4)):
        monkeypatch.setattr("os.sched_getaffinity", lambda pid, count=processors: set(range(count)), raising=False)
        assert threads_of(load_settings({"MEETING_PIPELINE_MAX_CONCURRENT_RUNS": str(runs)})) == expected
    assert threads_of(load_settings({"WHISPER_THREADS": "7"})) == 7

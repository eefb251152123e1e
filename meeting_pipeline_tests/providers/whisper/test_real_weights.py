"""Recognition with real models: the sample, sounds without speech, real meetings, memory, and the path through the sandbox."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from benchmarks.offline_sound import (
    Said,
    reference,
    sample_reference,
    speaker_error,
    without_speech,
    word_errors,
    words,
    write_wav,
)
from meeting_pipeline.demo.samples import SAMPLES
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.offline.speech_to_text import OfflineSpeechToText
from meeting_pipeline.providers.ports import Audio, SpeechToText
from meeting_pipeline.providers.whisper.folders import FoundModel
from meeting_pipeline.providers.whisper.speech_to_text import WhisperSpeechToText
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.transcription.local import transcribe_here
from meeting_pipeline_tests.providers.whisper import weights

pytestmark = [pytest.mark.slow, pytest.mark.processes]
CLIPS = Path(__file__).parents[4] / "shared" / "data" / "ami" / "clips"
SAMPLE = SAMPLES / "meeting.webm"
OPTIONS = TranscriptionOptions(provider="whisper")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> FoundModel:
    return weights.base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def tiny() -> FoundModel:
    return weights.tiny_en()


def heard(provider: SpeechToText, path: Path, speakers: int | None = None) -> Transcript:
    options = provider.options(language=None, keyterms=(), speakers_expected=speakers)
    found = provider.collect(None, Audio(path, None, 1000), options)
    assert isinstance(found, Transcript)
    return found


def wrong(said: list[Said], found: Transcript) -> float:
    expected = [word for one in said for word in words(one.text)]
    return word_errors(expected, words(found.text)) / len(expected)


def test_the_sample_is_recognised_nearly_word_for_word_with_its_speakers(base: FoundModel) -> None:
    found = heard(WhisperSpeechToText(base, 2), SAMPLE, speakers=3)
    assert wrong(sample_reference(), found) < 0.05
    assert (found.language, found.speakers) == ("en", ("A", "B", "C"))
    starts = [one.start_ms for one in found.segments]
    assert starts == sorted(starts)
    assert found.segments[-1].end_ms < 85_000
    assert found.confidence is not None
    assert found.confidence > 0.9


def test_the_same_recording_gives_the_same_transcript(tiny: FoundModel) -> None:
    provider = WhisperSpeechToText(tiny, 1)
    assert heard(provider, SAMPLE).text == heard(provider, SAMPLE).text


def test_nothing_is_made_of_silence_noise_and_music(base: FoundModel, tiny: FoundModel, tmp_path: Path) -> None:
    for model in (base, tiny):
        provider = WhisperSpeechToText(model, 2)
        for name, samples in without_speech(40):
            path = tmp_path / f"{name}.wav"
            write_wav(path, iter([samples]))
            assert heard(provider, path).text == "", (model.name, name)


@pytest.mark.skipif(not CLIPS.is_dir(), reason="the clips of real meetings are not beside the checkout")
def test_real_meetings_are_better_understood_than_by_pocketsphinx(base: FoundModel) -> None:
    for path in sorted(CLIPS.glob("*.wav")):
        said = reference(path)
        found, before = heard(WhisperSpeechToText(base, 2), path), heard(OfflineSpeechToText(), path)
        assert wrong(said, found) < wrong(said, before), path.stem


def test_the_sandbox_transcribes_with_the_operators_model_and_reports_a_damaged_one(
    tiny: FoundModel, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for file in tiny.folder.iterdir():
        (own / file.name).symlink_to(file)
    settings = load_settings({"WHISPER_MODEL_DIR": str(own), "MEETING_PIPELINE_HOME": str(tmp_path)})
    found = transcribe_here("whisper", Audio(SAMPLE, None, 84_000), OPTIONS, settings)
    assert isinstance(found, Transcript)
    assert wrong(sample_reference(), found) < 0.1
    (own / "model.bin").unlink()
    (own / "model.bin").write_bytes((tiny.folder / "model.bin").read_bytes()[:1_000_000])
    with pytest.raises(OperatorError) as caught:
        transcribe_here("whisper", Audio(SAMPLE, None, 84_000), OPTIONS, settings)
    assert caught.value.code == "model_unusable"
    assert "models fetch" in caught.value.advice


def test_a_worker_that_is_killed_leaves_no_process_and_no_file(tiny: FoundModel, tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    long = tmp_path / "long.wav"
    write_wav(long, (chance.integers(-9000, 9000, 16_000 * 600).astype(np.int16) for _ in range(6)))
    program = (
        "import sys; from pathlib import Path; from meeting_pipeline.settings import load_settings;"
        "from meeting_pipeline.domain.recording import TranscriptionOptions;"
        "from meeting_pipeline.providers.ports import Audio;"
        "from meeting_pipeline.steps.transcription.local import transcribe_here;"
        "s = load_settings({'WHISPER_MODEL_DIR': sys.argv[1], 'MEETING_PIPELINE_HOME': sys.argv[2]});"
        "transcribe_here('whisper', Audio(Path(sys.argv[3]), None, 3600000), TranscriptionOptions(provider='whisper'), s)"
    )
    before = set(tmp_path.iterdir())
    worker = subprocess.Popen([sys.executable, "-c", program, str(tiny.folder), str(tmp_path), str(long)])
    try:
        below = _busy_children(worker.pid)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    _, alive = psutil.wait_procs(below, timeout=20)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
    assert set(tmp_path.iterdir()) == before


def _busy_children(pid: int) -> list[psutil.Process]:
    """Wait until the process that transcribes has loaded the model."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        below = psutil.Process(pid).children(recursive=True)
        if any(one.memory_info().rss > 150 * 1024**2 for one in below):
            return below
        time.sleep(0.05)
    raise AssertionError("nothing transcribes")


def test_an_hour_needs_no_more_memory_than_two_minutes(tiny: FoundModel, tmp_path: Path) -> None:
    def tone() -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        return np.random.default_rng(2).integers(-30, 30, 16_000 * 60).astype(np.int16)

    peaks = []
    for minutes in (3, 60):
        path = tmp_path / f"{minutes}.wav"
        write_wav(path, (tone() for _ in range(minutes)))
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "benchmarks.offline_sound",
            "--one",
            str(tiny.folder),
            str(path),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(json.loads(done.stdout)["memory_mb"])
    assert peaks[1] < peaks[0] + 40


def test_the_right_speaker_is_found_for_most_of_the_time() -> None:
    said = [Said("x", 0, 1, ""), Said("y", 1, 2, ""), Said("x", 2, 4, "")]
    found = [Said("B", 0, 1, ""), Said("A", 1, 4, "")]
    assert speaker_error(said, found) == pytest.approx(0.5)  # one label per speaker
    assert speaker_error(said, []) is None

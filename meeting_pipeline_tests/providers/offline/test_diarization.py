"""Who speaks when, on the voices of the shipped sample."""

from collections import Counter

import numpy as np
import pytest

from meeting_pipeline.providers.offline.diarization import ROUND, Voice, diarize
from meeting_pipeline.providers.offline.features import COEFFICIENTS, mfcc
from meeting_pipeline_tests.providers.offline.spoken import sound_of

EVERYBODY = ("Mary", "David", "Peter")


def voices(*names: str) -> tuple[list[str], list[Voice]]:
    sounds = sound_of(*names)
    return [name for name, _ in sounds], [Voice(*mfcc(samples)) for _, samples in sounds]


def found(paths: list[np.ndarray]) -> set[int]:
    return {int(number) for path in paths for number in path}


@pytest.mark.parametrize(
    "names", [("Mary",), ("David",), ("Peter",), ("Mary", "David"), ("David", "Peter"), ("Mary", "Peter"), EVERYBODY]
)
def test_the_number_of_speakers_is_found(names: tuple[str, ...]) -> None:
    assert len(found(diarize(voices(*names)[1], None))) == len(names)


@pytest.mark.parametrize("names", [("Mary", "David"), EVERYBODY])
def test_each_speaker_gets_his_own_turns(names: tuple[str, ...]) -> None:
    truth, recordings = voices(*names)
    paths = diarize(recordings, None)
    together = Counter((name, int(number)) for name, path in zip(truth, paths, strict=True) for number in path)
    right = sum(max(together[name, number] for number in found(paths)) for name in names)
    assert right > 0.97 * sum(together.values())


@pytest.mark.parametrize("expected", [1, 2, 3, 4])
@pytest.mark.parametrize("names", [("Mary",), EVERYBODY])
def test_the_expected_number_of_speakers_is_honoured(names: tuple[str, ...], expected: int) -> None:
    assert len(found(diarize(voices(*names)[1], expected))) == expected


def test_a_long_monologue_stays_one_speaker() -> None:
    _, recordings = voices("Mary")
    syllables = [
        Voice(voice.frames[i : i + 15], voice.audible[i : i + 15])
        for voice in recordings
        for i in range(0, len(voice.frames), 15)
    ]
    # Ten minutes of talk that never repeats: the syllables of the sample in random order.
    order = np.random.default_rng(1).integers(0, len(syllables), (200, 10))
    many = [
        Voice(np.concatenate([syllables[i].frames for i in row]), np.concatenate([syllables[i].audible for i in row]))
        for row in order
    ]
    assert len(many) > ROUND
    assert len(found(diarize(many, None))) == 1


def test_a_change_of_speaker_inside_a_stretch_is_found() -> None:
    _, recordings = voices(*EVERYBODY)
    mary, david = sound_of("Mary")[0][1], sound_of("David")[1][1]
    both = np.concatenate([mary, david])
    path = diarize([*recordings, Voice(*mfcc(both))], 3)[-1]
    changes = np.flatnonzero(np.diff(path))
    assert len(changes) == 1
    assert abs(changes[0] / len(path) - len(mary) / len(both)) < 0.1


def test_no_speech_and_a_scrap_of_speech_are_no_problem() -> None:
    assert diarize([], None) == []
    scrap = Voice(*mfcc(sound_of("Mary")[0][1][:3000]))
    assert found(diarize([scrap], 3)) == {0}


def test_sound_shorter_than_a_window_has_no_features() -> None:
    frames, audible = mfcc(np.zeros(10, dtype=np.int16))
    assert frames.shape == (0, COEFFICIENTS)
    assert len(audible) == 0

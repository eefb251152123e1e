"""Speech is found in a stream, complete and at the right time."""

import numpy as np

from meeting_pipeline.media.decoding import SPEECH_RATE_HZ
from meeting_pipeline.providers.offline.segmentation import FRAME_MS, LONGEST_FRAMES, stretches
from meeting_pipeline_tests.providers.offline.spoken import sound_of, turns


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SPEECH_RATE_HZ), dtype=np.int16)


def test_silence_has_no_speech() -> None:
    assert list(stretches([silence(5)])) == []


def test_speech_is_found_where_it_is() -> None:
    speech = sound_of("Mary")[0][1]
    found = list(stretches([silence(4), speech, silence(2)]))
    assert len(found) == 1
    assert abs(found[0].start_ms - 4000) < 500
    assert abs(len(found[0].samples) - len(speech)) < SPEECH_RATE_HZ


def test_the_size_of_the_blocks_does_not_matter() -> None:
    sound = np.concatenate([silence(1), sound_of("Mary")[0][1], silence(1), sound_of("David")[0][1]])
    whole = list(stretches([sound]))
    pieces = list(stretches(np.array_split(sound, 501)))
    assert len(whole) == 2
    assert [part.start_ms for part in whole] == [part.start_ms for part in pieces]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(whole, pieces, strict=True))


def test_speech_at_the_very_end_is_kept() -> None:
    speech = sound_of("David")[0][1]
    found = list(stretches([silence(1), speech[: len(speech) // 2]]))
    assert len(found) == 1


def test_samples_are_those_of_the_recording_at_the_start_time() -> None:
    sound = np.concatenate([silence(1), sound_of("Mary")[0][1], silence(1)])
    for stretch in stretches([sound]):
        start = stretch.start_ms * SPEECH_RATE_HZ // 1000
        assert np.array_equal(sound[start : start + len(stretch.samples)], stretch.samples)


def test_talk_without_a_pause_is_cut_and_nothing_is_lost() -> None:
    loud = [samples[4000:-4000] for _, samples in sound_of("Peter")] * 3
    found = list(stretches([np.concatenate(loud)]))
    assert all(len(part.samples) <= (LONGEST_FRAMES + 20) * FRAME_MS * SPEECH_RATE_HZ // 1000 for part in found)
    assert sum(len(part.samples) for part in found) > 0.8 * sum(map(len, loud))


def test_the_sample_has_a_stretch_for_each_turn() -> None:
    assert len(turns()) == 20

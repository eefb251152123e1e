"""Which words a voice is made of, and who sounds alike."""

import tracemalloc

import numpy as np
import pytest

from meeting_pipeline.domain.people.voices import (
    LONGEST_VOICE_MS,
    digest_of,
    length_of,
    mean_voices,
    nearest_voices,
    similar_pairs,
    spans_of,
)
from meeting_pipeline.domain.transcript import Segment


def said(*pieces: tuple[str, int, int]) -> list[Segment]:
    return [
        Segment(index=number, speaker=who, start_ms=start, end_ms=end, text="words")
        for number, (who, start, end) in enumerate(pieces)
    ]


def test_a_voice_is_made_of_stretches_in_which_nobody_else_speaks() -> None:
    """B talks over the end of what A says first, and over the beginning of what A says then."""
    found = spans_of(said(("A", 0, 12_000), ("B", 10_000, 19_000), ("A", 18_000, 31_000)))
    assert found == {"A": ((0, 10_000), (19_000, 31_000))}


def test_who_speaks_inside_of_what_another_one_says_leaves_only_what_comes_before() -> None:
    assert spans_of(said(("A", 0, 60_000), ("B", 10_000, 20_000), ("C", 30_000, 40_000))) == {"A": ((0, 10_000),)}


@pytest.mark.parametrize(
    "pieces",
    [
        (("A", 0, 200),),
        (("A", 0, 7_900),),
        tuple(("A", second * 1000, second * 1000 + 900) for second in range(60)),
        (),
    ],
)
def test_too_little_speech_makes_no_voice(pieces: tuple[tuple[str, int, int], ...]) -> None:
    assert spans_of(said(*pieces)) == {}


def test_the_longest_stretches_are_taken_up_to_a_limit() -> None:
    found = spans_of(said(("A", 0, 5_000), ("B", 5_000, 20_000), ("A", 20_000, 60_000), ("A", 70_000, 100_000)))["A"]
    assert found == ((20_000, 60_000), (70_000, 90_000))
    assert length_of(found) == LONGEST_VOICE_MS


def test_segments_that_end_before_they_begin_harm_nothing() -> None:
    assert spans_of(said(("A", 5_000, 1_000), ("A", 10_000, 20_000))) == {"A": ((10_000, 20_000),)}


def test_another_speaker_of_the_same_words_is_another_transcript() -> None:
    one, other = spans_of(said(("A", 0, 10_000))), spans_of(said(("B", 0, 10_000)))
    assert digest_of(one) == digest_of(dict(one))
    assert len({digest_of(one), digest_of(other), digest_of({})}) == 3


def unit(*numbers: float) -> list[float]:
    return [float(number) for number in np.asarray(numbers) / np.linalg.norm(numbers)]


def test_the_most_alike_come_first_and_only_from_the_threshold_on() -> None:
    vectors = np.array([unit(1, 0, 0), unit(1, 0.1, 0), unit(0, 0, 1), unit(1, 0.5, 0)], dtype=np.float32)
    found = similar_pairs(vectors, 0.9, 10)
    assert [(one.one, one.other) for one in found] == [(0, 1), (1, 3)]
    assert found == sorted(found, key=lambda one: -one.similarity)
    assert similar_pairs(vectors, 0.9, 1) == found[:1]
    assert similar_pairs(vectors[:1], 0.1, 10) == []


def test_many_voices_are_compared_in_blocks_and_each_pair_once() -> None:
    vectors = np.ones((1100, 1), dtype=np.float32)
    assert len({(one.one, one.other) for one in similar_pairs(vectors, 0.5, 10**7)}) == 1100 * 1099 // 2


def test_the_voice_of_a_person_is_the_mean_of_the_meetings() -> None:
    vectors = np.array([unit(1, 0), unit(0, 1), unit(0, 1)], dtype=np.float32)
    assert mean_voices(vectors, [[0, 1], [2]]) == pytest.approx(np.array([unit(1, 1), unit(0, 1)]))
    [pair] = similar_pairs(mean_voices(vectors, [[0, 1], [2]]), 0.7, 5)
    assert (pair.one, pair.other) == (0, 1)
    assert pair.similarity == pytest.approx(0.7071, abs=1e-4)


def test_the_nearest_of_many_voices_is_found_without_a_table_of_all() -> None:
    """Two thousand voices with a thousand others would be 8 MB at once."""
    random = np.random.default_rng(3)
    voices = random.standard_normal((2_000, 8)).astype(np.float32)
    others = random.standard_normal((1_000, 8)).astype(np.float32)
    expected = voices @ others.T
    nearest_voices(voices[:1], others, 0.0)
    tracemalloc.start()
    found = nearest_voices(voices, others, -100.0)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one.one for one in found] == list(range(2_000))
    assert [one.other for one in found] == expected.argmax(axis=1).tolist()
    assert most < expected.nbytes
    above = nearest_voices(voices, others, 10.0)
    assert {one.one for one in above} == set(np.nonzero(expected.max(axis=1) >= 10)[0].tolist())
    assert 0 < len(above) < 2_000

"""Stretches become pieces that the model hears at once, and its words get their times in the recording back."""

import numpy as np

from meeting_pipeline.providers.offline.segmentation import Stretch
from meeting_pipeline.providers.whisper.pieces import Heard, Piece, pieces
from meeting_pipeline.providers.whisper.windows import PER_MS


def stretch(start_ms: int, length_ms: int) -> Stretch:
    return Stretch(start_ms, np.ones(length_ms * PER_MS, dtype=np.int16))


def test_a_piece_holds_as_many_stretches_as_the_model_hears_at_once() -> None:
    found = list(pieces([stretch(0, 10_000), stretch(20_000, 18_000), stretch(50_000, 1), stretch(90_000, 40_000)]))
    assert [[one.start_ms for one in piece.stretches] for piece in found] == [[0, 20_000], [50_000], [90_000]]


def test_no_stretch_gives_no_piece() -> None:
    assert list(pieces([])) == []


def test_words_are_where_they_were_said() -> None:
    piece = Piece((stretch(5_000, 2_000), stretch(60_000, 3_000)))
    first, second = piece.words([Heard(" one", 0.5, 1.0, 0.9), Heard(" two", 2.5, 3.0, 0.8)])
    assert [(word.text, word.start_ms, word.end_ms) for word in first] == [(" one", 5_500, 6_000)]
    assert [(word.text, word.start_ms, word.end_ms) for word in second] == [(" two", 60_500, 61_000)]


def test_a_word_across_a_seam_belongs_to_where_its_middle_is_and_ends_there() -> None:
    piece = Piece((stretch(5_000, 2_000), stretch(60_000, 3_000)))
    first, second = piece.words([Heard(" seam", 1.8, 2.6, 0.9)])
    assert first == []
    assert (second[0].start_ms, second[0].end_ms) == (60_000, 60_600)


def test_times_beyond_the_sound_end_with_it() -> None:
    piece = Piece((stretch(0, 1_000), stretch(9_000, 1_000)))
    words = piece.words([Heard(" late", 5.0, 7.0, 2.0)])[1]
    assert (words[0].start_ms, words[0].end_ms, words[0].confidence) == (10_000, 10_000, 1.0)


def test_the_sound_is_the_stretches_alone_from_minus_one_to_one() -> None:
    loud = Stretch(0, np.array([-32768, 32767], dtype=np.int16))
    sound = Piece((loud, loud)).sound
    assert sound.dtype == np.float32
    assert (sound.size, sound.min()) == (4, -1.0)

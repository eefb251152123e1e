"""Whole sentences go to one speaker."""

from meeting_pipeline.providers.offline.words import Word
from meeting_pipeline.providers.whisper.speakers import by_sentence


def said(*words: tuple[int, str, int]) -> list[tuple[int, Word]]:
    return [(speaker, Word(text, 0, length, 0.9)) for speaker, text, length in words]


def test_a_sentence_goes_to_whoever_has_most_of_its_time() -> None:
    found = by_sentence(said((0, " All", 100), (1, " right.", 300), (0, " Yes.", 200)))
    assert [speaker for speaker, _ in found] == [1, 1, 0]


def test_words_after_the_last_full_stop_are_a_sentence_too() -> None:
    found = by_sentence(said((0, " Yes.", 200), (1, " and", 100), (1, " so", 0)))
    assert [(speaker, word.text) for speaker, word in found] == [(0, " Yes."), (1, " and"), (1, " so")]


def test_sentences_of_other_scripts_end_too() -> None:
    assert [speaker for speaker, _ in by_sentence(said((0, "はい。", 10), (1, "いいえ", 10)))] == [0, 1]

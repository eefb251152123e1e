"""Combining words and speakers into segments."""

import numpy as np

from meeting_pipeline.providers.offline.utterances import readable, segments_of, speaker_of
from meeting_pipeline.providers.offline.words import Word


def word(text: str, start_ms: int, confidence: float = 1.0) -> Word:
    return Word(text, start_ms, start_ms + 200, confidence)


def test_a_segment_ends_with_the_speaker_and_with_the_stretch() -> None:
    first = [(7, word("good", 0, 0.5)), (7, word("morning", 300)), (2, word("hello", 600))]
    second = [(2, word("again", 2000))]
    segments = segments_of([first, second, []])
    assert [(s.index, s.speaker, s.start_ms, s.end_ms, s.text) for s in segments] == [
        (0, "A", 0, 500, "Good morning"),
        (1, "B", 600, 800, "Hello"),
        (2, "B", 2000, 2200, "Again"),
    ]
    assert segments[0].confidence == 0.75


def test_a_word_belongs_to_who_has_most_of_its_frames() -> None:
    path = np.array([0] * 10 + [1] * 10)
    assert speaker_of(word("a", 1000), 1000, path) == 0
    assert speaker_of(word("a", 1160), 1000, path) == 1
    assert speaker_of(word("late", 9000), 1000, path) == 1
    assert speaker_of(word("a", 0), 0, np.zeros(0, dtype=np.intp)) == 0


def test_only_certain_capitals_are_set() -> None:
    assert readable(["i", "met", "mary", "and", "zoltan", "on", "friday"], {"mary", "friday"}) == (
        "I met Mary and zoltan on Friday"
    )

"""Windows of a transcript: all of it is in some window, none is much too long, and neighbours overlap."""

import itertools

import pytest

from meeting_pipeline.domain.embedding_windows import OVERLAP_WORDS, WINDOW_WORDS, digest_of, windows_of
from meeting_pipeline.domain.transcript import Segment


def segments(*texts: str) -> list[Segment]:
    return [
        Segment(index=at, speaker="A", start_ms=at * 1000, end_ms=at * 1000 + 900, text=text)
        for at, text in enumerate(texts)
    ]


def test_a_short_meeting_is_one_window() -> None:
    [window] = windows_of(segments("Good morning.", " ", "See you."))
    assert (window.first, window.last, window.text) == (0, 2, "Good morning. See you.")


def test_windows_overlap_and_none_is_too_long() -> None:
    found = windows_of(segments(*(f"line {at} has exactly ten words in it, I believe" for at in range(100))))
    assert all(len(window.text.split()) <= WINDOW_WORDS for window in found)
    for one, other in itertools.pairwise(found):
        assert 0 < one.last - other.first + 1 <= OVERLAP_WORDS // 10
    assert {at for window in found for at in range(window.first, window.last + 1)} == set(range(100))


@pytest.mark.parametrize("text", ["word " * 5000, "会议" * 5000, "x" * 9000])
def test_one_endless_line_is_cut_and_nothing_of_it_is_lost(text: str) -> None:
    found = windows_of(segments(text))
    assert len(found) > 3
    assert max(len(window.text) for window in found) <= 2000
    covered = set[int]()
    for window in found:
        assert text[window.start :].startswith(window.text.split()[0])
        covered.update(range(window.start, window.start + len(window.text)))
    assert len(covered) >= 0.99 * len(text), "blanks at the ends of pieces are left out"


def test_nothing_was_said() -> None:
    assert windows_of(segments("", "  ")) == []
    assert windows_of([]) == []


def test_another_word_is_another_digest() -> None:
    one, other = windows_of(segments("Hello.")), windows_of(segments("Hullo."))
    assert digest_of(one) == digest_of(windows_of(segments("Hello.")))
    assert len({digest_of(one), digest_of(other), digest_of([])}) == 3

"""Windows by words become one order with what they mean, without overlaps."""

from collections.abc import Mapping, Sequence

from meeting_pipeline.domain.questions.joining import Placed, joined
from meeting_pipeline.domain.questions.windows import Window


def placed(first: int, last: int | None = None, *, score: float = 0.5, meeting: int = 0) -> Placed:
    return Placed(meeting, Window(first, first + 2 if last is None else last, score))


def alike(*scores: float, size: int = 10) -> list[Window]:
    """Windows of a meeting in order, each of so many segments, with how alike they are."""
    return [Window(at * size, at * size + size - 1, score) for at, score in enumerate(scores)]


def places(
    words: Sequence[Placed], near: Sequence[Placed], known: Mapping[int, Sequence[Window]], most: int = 10
) -> list[tuple[int, int]]:
    return [(one.meeting, one.window.first) for one in joined(words, near, known, most)]


def test_of_windows_with_the_same_words_the_one_that_means_more_is_first() -> None:
    words = [placed(0), placed(10), placed(20)]
    assert places(words, [], {0: alike(0.1, 0.1, 0.9)}) == [(0, 20), (0, 0), (0, 10)]


def test_words_that_are_far_better_are_not_overruled_by_meaning() -> None:
    words = [placed(0, score=9.0), placed(10, score=1.0)]
    assert places(words, [], {0: alike(0.1, 0.9)}) == [(0, 0), (0, 10)]


def test_a_window_means_as_much_as_the_most_alike_that_it_shares_a_segment_with() -> None:
    words = [placed(0, 5), placed(8, 12), placed(20, 25)]
    assert places(words, [], {0: alike(0.1, 0.9, 0.1)}) == [(0, 8), (0, 0), (0, 20)]


def test_a_meeting_without_vectors_is_neither_preferred_nor_held_back() -> None:
    words = [placed(0, meeting=2), placed(0, meeting=1), placed(0, meeting=0)]
    assert places(words, [], {0: alike(0.1), 2: alike(0.9)}) == [(2, 0), (1, 0), (0, 0)]


def test_without_any_vector_words_alone_choose() -> None:
    words = [placed(0), placed(10, meeting=1)]
    assert places(words, [], {}) == [(0, 0), (1, 10)]


def test_what_is_most_alike_has_a_place_whatever_its_words_are() -> None:
    words = [placed(10 * at, score=2.0 - at / 100) for at in range(12)]
    near = [placed(at * 10, score=0.9, meeting=4) for at in range(6)]
    found = joined(words, near, {0: alike(*[0.5] * 12), 4: alike(0.51, *[0.5] * 5)}, 10)
    assert found[:9] == [next(one for one in found if one.window.first == 10 * at) for at in range(9)]
    assert (found[9].meeting, found[9].window.first) == (4, 0)


def test_what_words_have_found_takes_no_second_place() -> None:
    words, near = [placed(0), placed(10, meeting=1)], [placed(1, 3), placed(40, meeting=1)]
    assert places(words, near, {0: alike(0.9), 1: alike(0.1, 0.2)}) == [(0, 0), (1, 10), (1, 40)]


def test_without_words_meaning_alone_answers() -> None:
    near = [placed(0, meeting=1), placed(0, meeting=2)]
    assert places([], near, {1: alike(0.9), 2: alike(0.8)}) == [(1, 0), (2, 0)]


def test_scores_descend() -> None:
    words = [placed(10 * at, score=1.0 + at % 3) for at in range(12)]
    near = [placed(0, score=0.9, meeting=4)]
    scores = [one.window.score for one in joined(words, near, {0: alike(*[0.2] * 12), 4: alike(0.3)}, 10)]
    assert scores == sorted(scores, reverse=True)

"""Windows by words and windows by meaning become one order without overlaps."""

from meeting_pipeline.domain.questions.joining import Placed, joined
from meeting_pipeline.domain.questions.windows import Window


def placed(first: int, last: int | None = None, meeting: int = 0) -> Placed:
    return Placed(meeting, Window(first, first + 2 if last is None else last, 0.5))


def test_within_a_meeting_what_both_find_is_first() -> None:
    words, near = [placed(0), placed(10), placed(20)], [placed(30), placed(21)]
    assert joined(words, near, 10) == [placed(20), placed(0), placed(30), placed(10)]


def test_over_meetings_words_choose_and_meaning_gets_a_few_of_the_last_places() -> None:
    words = [placed(10 * at, meeting=at % 3) for at in range(12)]
    near = [placed(500 + 10 * at, meeting=4) for at in range(6)]
    found = joined(words, near, 10)
    assert found == [*words[:7], *near[:3]]


def test_what_words_have_found_takes_no_second_place() -> None:
    words, near = [placed(0), placed(10, meeting=1)], [placed(1, 3), placed(40, meeting=1)]
    assert joined(words, near, 10) == [*words, placed(40, meeting=1)]


def test_without_words_meaning_alone_answers() -> None:
    near = [placed(0, meeting=1), placed(0, meeting=2)]
    assert joined([], near, 10) == near

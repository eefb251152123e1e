"""Which words of a line are words of the question."""

from datetime import date

import pytest

from meeting_pipeline.domain.questions.reading import read_question
from meeting_pipeline.domain.questions.windows import MeetingLines, Scoring, Windows
from meeting_pipeline.domain.search_lines import Line, LineKind

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("question", "line", "found"),
    [
        ("tariffs", "The tariff is new.", {0: 1.0}),
        ("tariffs", "A tariff, tariffs, TARIFFS!", {0: 3.0}),
        ("electric", "No electricity.", {0: 0.5}),
        ("international", "An interest.", {}),
        ("laptops", "Three notebooks.", {0: 1.0}),
        ("cat", "A category.", {}),
        ("价格表", "价格", {0: 1.0}),
        ("tariff", "", {}),
    ],
)
def test_a_word_counts_whole_if_it_is_inflected_or_alike_and_half_if_it_only_begins_so(
    question: str, line: str, found: dict[int, float]
) -> None:
    assert Scoring(read_question(question, TODAY)).read(line).found == found


@pytest.mark.parametrize(("question", "numbers", "times"), [("How much?", True, False), ("When?", False, True)])
def test_numbers_and_times_are_looked_for_if_the_question_asks_for_them(
    question: str, numbers: bool, times: bool
) -> None:
    read = Scoring(read_question(question, TODAY)).read("It costs 25 euros on Monday.")
    assert (read.numbers, read.times) == (numbers, times)


def lines(*said: tuple[str, str]) -> MeetingLines:
    """A meeting in which these people say these lines."""
    return MeetingLines(
        [
            Line(at, LineKind.TRANSCRIPT, text, (name,), segment_id=at, start_ms=at * 1000, end_ms=at * 1000 + 900)
            for at, (name, text) in enumerate(said)
        ],
        [],
    )


FILLER = [("Cy Moe", f"Something else {'again ' * 40}is number {at}.") for at in range(40)]


def best_lines(question: str, *said: tuple[str, str]) -> list[str]:
    """What is said in the best window."""
    meeting = lines(*said)
    (window,) = Windows(read_question(question, TODAY), [meeting]).of(0, 1)
    return [line.text for line in meeting.segments[window.first : window.last + 1]]


def test_what_a_person_of_the_question_says_comes_before_what_calls_that_person() -> None:
    says = [("Ada Berg", f"My view of the tariff is number {at} {'now ' * 20}.") for at in range(4)]
    calls = [("Cy Moe", f"Ada Berg, the tariff, {'please ' * 100}."), *FILLER] * 8
    best = best_lines("What does Ada Berg think of the tariff?", *calls, *says, *FILLER)
    assert says[1][1] in best


def test_the_name_of_nobody_who_speaks_is_a_word_as_any_other() -> None:
    mentions = ("Cy Moe", f"Dee Fox wants another tariff {'now ' * 100}.")
    other = ("Cy Moe", f"That tariff, the tariff, tariffs {'now ' * 100}.")
    best = best_lines("What does Dee Fox think of the tariff?", other, *FILLER, mentions, *FILLER)
    assert mentions[1] in best


@pytest.mark.parametrize(
    ("question", "people", "called"),
    [
        ("What does Ada Berg think of the tariff?", ["Ada Berg"], ["ada", "berg"]),
        ("Why did Marketing's Ada leave?", ["Marketing", "Cy"], ["marketing"]),
        ("What is the user interface like?", ["User Manager", "Interface"], ["interface"]),
        ("Is the project late?", ["Project Manager"], []),
        ("Is it late?", ["", "?"], []),
    ],
)
def test_a_speaker_is_called_by_a_whole_name(question: str, people: list[str], called: list[str]) -> None:
    asked = read_question(question, TODAY)
    assert [asked.words[at].folded for at in sorted(Scoring(asked).called(people))] == called

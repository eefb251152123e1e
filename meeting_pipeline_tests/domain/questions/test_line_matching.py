"""Which words of a line are words of the question."""

from datetime import date

import pytest

from meeting_pipeline.domain.questions.line_matching import LineMatcher
from meeting_pipeline.domain.questions.reading import read_question
from meeting_pipeline.domain.verification.stems import stem

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
    assert LineMatcher(read_question(question, TODAY)).read(line).found == found


@pytest.mark.parametrize(("question", "numbers", "times"), [("How much?", True, False), ("When?", False, True)])
def test_numbers_and_times_are_looked_for_if_the_question_asks_for_them(
    question: str, numbers: bool, times: bool
) -> None:
    read = LineMatcher(read_question(question, TODAY)).read("It costs 25 euros on Monday.")
    assert (read.numbers, read.times) == (numbers, times)


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
    assert [asked.words[at].folded for at in sorted(LineMatcher(asked).called(people))] == called


def test_lines_that_are_read_together_match_as_alone() -> None:
    asked = read_question("Which tariffs change in 2025?", TODAY)
    matcher = LineMatcher(asked)
    said = ["The tariff is new.", "", "Neue Tarife für 2025: größere tariffs.", "价格表 tariffs", "Nobody knows."]
    assert matcher.read_all(said) == [
        LineMatcher(read_question("Which tariffs change in 2025?", TODAY)).read(one) for one in said
    ]
    assert [bool(one.found) for one in matcher.read_all(said)] == [True, False, True, True, False]


@pytest.mark.parametrize(
    "form", ["flies", "flew", "flying", "fly", "axes", "ax", "sends", "emailed", "sent", "distribution"]
)
def test_no_word_is_left_out_that_has_the_stem_of_the_question(form: str) -> None:
    for word in ("fly", "axes", "send"):
        same = stem(word) == stem(form)
        assert (LineMatcher(read_question(f"Who {word}?", TODAY)).read(form).found == {0: 1.0}) is same, word


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("Remote controls!", {0: 1.0}),
        ("The remote has no control.", {}),
        ("Control, remote.", {}),
        ("Remote remote control.", {0: 1.0}),
    ],
)
def test_words_side_by_side_count_in_the_order_of_the_question(line: str, pairs: dict[int, float]) -> None:
    assert LineMatcher(read_question("Is the remote control late?", TODAY)).read(line).pairs == pairs

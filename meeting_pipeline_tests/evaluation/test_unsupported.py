"""Numbers and names that nobody said are found in summaries, and those that were said are not."""

import pytest

from meeting_pipeline.domain.insight_results import Summary
from meeting_pipeline.evaluation.unsupported import numbers_in, unsupported
from meeting_pipeline_tests.evaluation.sets import meeting

TURNS = ["A: Sales rose by twelve percent.", "B: Siemens paid us 3,500 euros on the fifth.", "A: One of them is late."]


def found(text: str) -> tuple[list[str], list[str]]:
    return unsupported(Summary(short_summary=text, topics=()), meeting(turns=TURNS, gold={}, traps=[]))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("twelve percent", {12}),
        ("3,500 euros", {3500}),
        ("three thousand five hundred", {3500}),
        ("twenty-one days", {21}),
        ("the twenty first", {21}),
        ("two million", {2_000_000}),
        ("no one came, not one", set()),
        ("1.5 hours", {1.5}),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(text: str, numbers: set[float]) -> None:
    assert numbers_in(text) == numbers


def test_what_was_said_is_supported_in_other_notation_too() -> None:
    assert found("Sales rose by 12 percent, and Siemens paid three thousand five hundred euros.") == ([], [])


def test_what_nobody_said_is_not() -> None:
    assert found("Sales rose by 43 percent, said {A} of Bosch.") == (["43"], ["Bosch"])

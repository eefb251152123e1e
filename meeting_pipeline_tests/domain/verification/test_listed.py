"""Values of lists that an installation defines: those without a quote of their own rest on the item's."""

from datetime import date

import pytest

from meeting_pipeline.domain.verification.listed import unquoted_reasons
from meeting_pipeline_tests.domain.verification.meetings import meeting_of, source

TALK = (
    "A: The fair costs 4,200 euros.",
    "B: We must tell them by Friday.",
    "A: Right, the fair is a risk for the budget.",
)


@pytest.mark.parametrize(
    ("texts", "days", "reasons"),
    [
        (["4200"], [], ()),
        (["9000"], [], ("number_not_said",)),
        (["about 4,200 euros"], [], ()),
        (["about 42,000 euros"], [], ("number_not_said",)),
        (["no number at all"], [], ()),
        ([], [date(2026, 3, 13)], ()),
        ([], [date(2026, 3, 20)], ("due_differs",)),
    ],
)
def test_numbers_and_days_without_a_quote_were_said_where_the_item_was(
    texts: list[str], days: list[date], reasons: tuple[str, ...]
) -> None:
    meeting = meeting_of(*TALK)
    assert unquoted_reasons(source(meeting, "the fair is a risk for the budget", 2), texts, days) == reasons


def test_in_a_language_that_the_rules_do_not_know_they_are_not_judged() -> None:
    meeting = meeting_of("A: Die Messe kostet 4200 Euro.", language="de")
    assert unquoted_reasons(source(meeting, "Die Messe kostet 4200 Euro", 0), ["9000"], [date(2026, 3, 20)]) == ()

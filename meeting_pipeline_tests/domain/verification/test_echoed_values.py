"""A value that somebody names and somebody else repeats at once takes the place of the one before it. Prices and their things."""

import pytest

from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.verification.countered import is_countered
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline_tests.domain.verification.meetings import Recap, meeting_of


def countered(claim: str, *talk: str) -> bool:
    """Whether the claim, said in the first sentence, is countered in what follows."""
    meeting = meeting_of(*talk)
    return is_countered(meeting, meeting.sentences(0), claim, firm=True)


@pytest.mark.parametrize(
    ("claim", "talk"),
    [
        ("Drive the van on Tuesday", ("B: I can drive the van on Tuesday.", "A: Take Wednesday.", "B: Wednesday, all right.")),
        ("Bake 370 stollen", ("A: So three hundred and seventy.", "C: I would rather bake 350.", "A: Fine, three fifty.")),
    ],
)  # fmt: skip
def test_a_value_that_is_repeated_by_another_takes_the_place_of_the_first(claim: str, talk: tuple[str, ...]) -> None:
    assert countered(claim, *talk)


@pytest.mark.parametrize(
    ("claim", "talk"),
    [
        ("Order 12 chairs", ("A: I'll order twelve chairs.", "B: And fifteen tables.", "A: Fifteen, okay.")),
        ("Order 12 chairs", ("A: I'll order twelve chairs.", "B: Fifteen tables would be good.", "A: Fifteen, okay.")),
        ("Book the hall on Tuesday", ("A: I'll book the hall on Tuesday.", "B: And the band on Wednesday.", "A: Wednesday.")),
        ("Book the hall on Tuesday", ("A: I'll book the hall on Tuesday.", "B: Is Wednesday taken?", "A: Wednesday, yes.")),
        ("Book the hall on Tuesday", ("A: I'll book the hall on Tuesday.", "B: Not on Wednesday.", "A: Not then, sure.")),
    ],
)  # fmt: skip
def test_a_value_of_another_thing_does_not(claim: str, talk: tuple[str, ...]) -> None:
    assert not countered(claim, *talk)


def test_three_fifty_may_be_a_price_or_a_number() -> None:
    assert {"350", "3.5"} <= numbers_of("Fine, three fifty.")
    assert "350" not in numbers_of("Three fifty", claim=True)


def test_the_name_of_money_does_not_say_what_a_price_is_for() -> None:
    talk = ("D: A second machine, about nineteen hundred euros.", "A: Is there no cheaper way?", "D: Jugs, for sixty.")
    assert Recap(talk, "The jugs cost nineteen hundred euros.", (0, 2)).judged().verdict is Verdict.UNVERIFIED
    assert Recap(talk, "The second machine costs nineteen hundred euros.", (0, 2)).judged().verdict is Verdict.VERIFIED

"""A condition withholds what depends on it, and nothing else: not what was, what is asked, or what stands beside it."""

import pytest

from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline_tests.domain.verification.meetings import Recap

PARADE = "The parade moves into the hall."
VANS = "The vans are insured."


def verdict(said: str, text: str) -> Verdict | None:
    return Recap(("C: Hello all.", f"A: {said}"), text, (1,)).judged().verdict


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("When I called the bank they confirmed the loan.", "The bank confirmed the loan."),
        ("When we met the landlord he gave us the key.", "The landlord gave them the key."),
        ("Once the roof was finished we painted the hall.", "The hall was painted."),
        ("We checked once more and the pump is broken.", "The pump is broken."),
        ("I called them, and the choir meets once a week in the hall.", "The choir meets in the hall."),
        ("I'll call the plumber when I get home.", "{A} will call the plumber."),
        ("On Sunday, when the shop is closed, the parade moves into the hall.", PARADE),
    ],
)
def test_when_and_once_often_only_tell_a_time(said: str, text: str) -> None:
    assert verdict(said, text) is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("I asked if the vans are insured, and they are.", VANS),
        ("I asked if the vans are insured. They are.", VANS),
        ("I called the bank and asked if they confirm the loan.", "{A} called the bank."),
        ("The hall is too small, if you ask me.", "The hall is too small."),
        ("We sold 300 tickets, if I'm right.", "300 tickets were sold."),
        ("If it's OK with you, the hall closes at five.", "The hall closes at five."),
        ("The parade moves into the hall even if it's dry.", PARADE),
    ],
)
def test_if_makes_no_condition_of_a_question_or_a_phrase(said: str, text: str) -> None:
    assert verdict(said, text) is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("The vans are insured, and if it rains we stay home.", VANS),
        ("If it rains we stay home, and we will sell the vans.", "The vans will be sold."),
        ("We might stay home if it snows, but the parade moves into the hall.", PARADE),
        ("The choir depends on donations, they collected 300 euros.", "They collected 300 euros."),
    ],
)
def test_a_condition_of_something_else_leaves_the_claim_alone(said: str, text: str) -> None:
    assert verdict(said, text) is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("If it rains the parade moves into the hall.", PARADE),
        ("If they're late, the parade moves into the hall.", PARADE),
        ("If not enough people come, the parade moves into the hall.", PARADE),
        ("If the bank agrees and it rains, the parade moves into the hall.", PARADE),
        ("The parade moves into the hall, but only if it rains.", PARADE),
        ("The parade moves into the hall, provided that it rains.", PARADE),
        ("The parade moves into the hall, depending on the weather.", PARADE),
        ("When it rains, the parade moves into the hall.", PARADE),
        ("Once the roof is finished, the parade moves into the hall.", PARADE),
        ("I wonder if the vans are insured.", VANS),
        ("I asked if the vans are insured, and they aren't.", VANS),
    ],
)
def test_what_depends_on_a_condition_is_withheld(said: str, text: str) -> None:
    assert verdict(said, text) is Verdict.UNVERIFIED

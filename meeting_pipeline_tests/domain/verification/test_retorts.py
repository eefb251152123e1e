"""A denial in the next words withholds a sentence of a summary; words that agree with a "not" do not."""

import pytest

from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline_tests.domain.verification.meetings import Recap


def verdict(said: str, answer: str) -> Verdict | None:
    return Recap(("C: Hello all.", f"A: {said}", f"B: {answer}"), said, (1,)).judged().verdict


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("The door isn't locked.", "It isn't."),
        ("They won't open on Sunday.", "They won't."),
        ("They won't open on Sunday.", "No, they won't, really."),
        ("The pump doesn't work.", "No, it doesn't."),
        ("Nobody has seen the caretaker this week.", "He isn't."),
        ("They refuse to pay the rent.", "They won't."),
    ],
)
def test_a_no_to_a_negative_sentence_agrees(said: str, answer: str) -> None:
    assert verdict(said, answer) is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("The hall is too small.", "It's not cheap either."),
        ("The pump is broken.", "It doesn't work."),
        ("The caretaker is ill.", "He isn't here."),
        ("The bins are full.", "Rubbish is collected tomorrow."),
        ("The door is locked.", "It isn't?"),
    ],
)
def test_a_negative_answer_about_something_else_denies_nothing(said: str, answer: str) -> None:
    assert verdict(said, answer) is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("The door is locked.", "It isn't."),
        ("The door is locked.", "No, it's not locked."),
        ("The hall closes on Sunday.", "It doesn't, actually."),
        ("The hall closes on Sunday.", "Nonsense, I asked there."),
        ("They won't open on Sunday.", "That's not true, I asked them."),
    ],
)
def test_a_denial_withholds_what_it_denies(said: str, answer: str) -> None:
    assert verdict(said, answer) is Verdict.UNVERIFIED

"""Speakers in running text: valid placeholders, and words that stay unchanged."""

import pytest

from meeting_pipeline.domain.speaker_placeholders import mark, marked, resolved, without_marks

NAMES = {"A": "Ada Lovelace", "B": "Speaker B", "Speaker 3": "Cy"}


def shown(text: str) -> str:
    return resolved(text, NAMES, NAMES.__getitem__)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{A} asks {B}; {A}'s plan.", "Ada Lovelace asks Speaker B; Ada Lovelace's plan."),
        ("A plan of type A, and a {C}.", "A plan of type A, and a {C}."),
        ("{Speaker 3} agreed.", "Cy agreed."),
        ("{}, { A}, {a} and {{A}}", "{}, { A}, {a} and {Ada Lovelace}"),
        ("", ""),
    ],
)
def test_a_mark_becomes_a_name_and_nothing_else_does(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_a_name_that_looks_like_a_mark_is_not_resolved_again() -> None:
    assert resolved("{A} and {B}", {"A", "B"}, {"A": "{B}", "B": "Bob"}.__getitem__) == "{B} and Bob"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{A} will ask { B }.", "{A} will ask {B}."),
        ("{Speaker A} asks.", "{A} asks."),
        ("Speaker A asks Speaker B's team.", "{A} asks {B}'s team."),
        ("Speaker C asks, and {C} too.", "Speaker C asks, and C too."),
        ("Plan A goes to speaker selection.", "Plan A goes to speaker selection."),
        ("Speakers A-B and MySpeaker A.", "Speakers A-B and MySpeaker A."),
    ],
)
def test_what_an_analyst_meant_as_a_mark_becomes_one_and_an_unknown_label_stays_text(text: str, expected: str) -> None:
    assert marked(text, ("A", "B")) == expected


def test_marking_twice_changes_nothing() -> None:
    once = marked("Speaker A asks {B}.", ("A", "B"))
    assert marked(once, ("A", "B")) == once


def test_braces_that_were_said_are_no_marks() -> None:
    assert shown(f"{mark('A')}: {without_marks('use {A} here')}") == "Ada Lovelace: use (A) here"

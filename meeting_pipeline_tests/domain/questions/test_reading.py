"""Questions are read as weighted words, aims and days; nothing that anybody types is an error."""

import random
from datetime import date

import pytest

from meeting_pipeline.domain.questions.days import Days, days_in
from meeting_pipeline.domain.questions.reading import Aim, read_question

TODAY = date(2025, 3, 14)


def test_words_about_the_subject_weigh_more_than_those_about_the_talk() -> None:
    asked = read_question("Who promised the price list, and is it done?", TODAY)
    assert {word.folded: word.weight for word in asked.words} == {"promised": 0.3, "price": 1.0, "list": 1.0}
    assert Aim.TASK in asked.aims
    assert "cost" in asked.words[1].alike


def test_a_question_of_stop_words_keeps_them() -> None:
    assert [word.folded for word in read_question("What did we do?", TODAY).words] == ["what", "did", "we", "do"]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("what was said yesterday?", (date(2025, 3, 13), date(2025, 3, 13))),
        ("what was said today", (TODAY, TODAY)),
        ("decisions of  LAST\nweek", (date(2025, 3, 3), date(2025, 3, 9))),
        ("this week", (date(2025, 3, 10), date(2025, 3, 16))),
        ("last month", (date(2025, 2, 1), date(2025, 2, 28))),
        ("this year", (date(2025, 1, 1), date(2025, 12, 31))),
        ("in October", (date(2024, 10, 1), date(2024, 10, 31))),
        ("in February 2024", (date(2024, 2, 1), date(2024, 2, 29))),
        ("in December 9999", None),
        ("on 2024-12-31?", (date(2024, 12, 31), date(2024, 12, 31))),
        ("on 2024-13-31?", None),
        ("may I march?", None),
        ("", None),
    ],
)
def test_days_are_read(text: str, days: tuple[date, date] | None) -> None:
    assert days_in(text, TODAY) == (Days(*days) if days else None)


def test_spans_before_the_first_day_that_there_is_break_nothing() -> None:
    for text in ("last year", "last month", "last week", "yesterday", "in May 0001", "in May 0000"):
        days_in(text, date(2, 1, 15))


def test_anything_can_be_asked() -> None:
    seed = random.Random(3)
    parts = [
        "price",
        "李雷",
        "\x00",
        "😀",
        '"',
        "'",
        "\u0301",
        "in",
        "october",
        "9999",
        "\ud800",
        "*",
        "\n",
        "a" * 300,
        "ﬁ",
    ]
    for _ in range(300):
        asked = read_question(" ".join(seed.choices(parts, k=seed.randrange(40))), TODAY)
        assert len(asked.words) <= 16
        assert all(root for word in asked.words for root in word.roots)


@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("What did Ada say of the cable when discussing the costs?", ["discussing", "costs"]),
        ("What was said of costs during our discussion about costs and cables?", ["discussion", "cables"]),
        ("What did Ada think when presenting?", ["presenting"]),
        ("Summarize the discussion about the costs.", []),
        ("What did they decide in the discussion of costs?", []),
    ],
)
def test_what_the_talk_was_about_is_told_from_what_is_looked_for(text: str, around: list[str]) -> None:
    assert [word.folded for word in read_question(text, TODAY).words if word.around] == around


def test_words_that_stand_side_by_side_are_pairs() -> None:
    asked = read_question("Why a remote control, and what of the remote controls' user interface?", TODAY)
    words = [word.folded for word in asked.words]
    assert [(words[a], words[b]) for a, b in asked.pairs] == [
        ("remote", "control"),
        ("control", "user"),
        ("user", "interface"),
    ]

"""Second thoughts take a task back; words that only sound like them do not."""

import pytest

from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline_tests.domain.verification.meetings import Task

QUOTE = "I'll order the tent for the summer party"


def judged(later: str) -> Verdict | None:
    talk = ("A: Hello all.", f"A: {QUOTE}.", *("B: The garden path is wet again.", "C: Right.") * 3, later, "B: Fine.")
    return Task(talk, "Order the tent for the summer party", "A", QUOTE, (1,)).judged().verdict


@pytest.mark.parametrize(
    "later",
    [
        "C: Don't forget about the tent.", "C: Let's not forget about the tent, it matters.",
        "C: We won't forget about the tent.", "C: How could I forget about the tent.",
        "C: I haven't changed my mind about the tent.", "C: I never changed my mind about the tent.",
        "A: No, I have not changed my mind about the tent, I'll still order it.",
        "C: Nobody is having second thoughts about the tent.", "C: I almost had second thoughts about the tent, but no.",
        "C: If I changed my mind about the tent I would say so.", "C: I've changed my mind about the weather.",
        "B: The tent for the summer party is big. I haven't changed my mind.",
        "B: The tent for the summer party is big. I was wrong about the rain.",
        "B: Thanks for ordering the tent for the summer party. Nobody can say I was wrong.",
        "B: The tent for the summer party is fine. Don't scratch that table.",
        "A: Actually I can't wait to order the tent.", "A: Actually I won't forget the tent.",
        "A: Actually, I can't remember what tent we had last summer.",
    ],
)  # fmt: skip
def test_a_second_thought_that_is_denied_or_about_something_else_takes_nothing_back(later: str) -> None:
    assert judged(later) is Verdict.VERIFIED


@pytest.mark.parametrize(
    "later",
    [
        "C: Forget about the tent.", "C: I've changed my mind about the tent.", "C: Never mind about the tent.",
        "C: No I've changed my mind about the tent.", "A: On second thoughts I can't order the tent.",
        "A: Actually, I won't be able to get the tent.",
        "A: We need no tent for the summer party. I've changed my mind.",
    ],
)  # fmt: skip
def test_a_second_thought_about_it_takes_it_back(later: str) -> None:
    assert judged(later) is Verdict.UNVERIFIED

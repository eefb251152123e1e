"""Which item of a later version an edit belongs to: the same one in other words, and never another one."""

from dataclasses import dataclass

import pytest

from meeting_pipeline.domain.item_edits import Anchor, ClaimQuery, matched
from meeting_pipeline.domain.result_kinds import Insight


@dataclass(frozen=True)
class Claim:
    claim_id: str
    insight: Insight
    text: str


def found(before: str, *after: str, owner: str | None = None) -> str | None:
    """The text that an edit of ``before`` belongs to."""
    wanted = ClaimQuery("edit", Insight.DECISIONS, Anchor("old", before, (4, 5), owner))
    claims = [Claim(str(number), Insight.DECISIONS, text) for number, text in enumerate(after)]
    pairs = matched([wanted], claims, lambda claim: Anchor(claim.claim_id, claim.text, (5, 6)))
    return after[int(pairs["edit"])] if "edit" in pairs else None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Send the report", "send a REPORT."),
        ("Send the report", "Send the quarterly report to Ben"),
        ("We will send the quarterly report to Ben by mail", "Send report to Ben"),
        ("Do not ship on Monday", "We do not ship the release on Monday"),
        ("Pay 5000 euros", "Pay the 5000 euros today"),
        ("לשלוח את הצעת המחיר", "לשלוח את הצעת המחיר ללקוח"),
    ],
)
def test_the_same_item_in_other_words_is_found(before: str, after: str) -> None:
    assert found(before, after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Send the report", "Send the invoice"),
        ("Send the report", "Don't send the report"),
        ("Send the report", "Do not send the report to Ben"),
        ("Move the date", "Decide against: move the date"),
        ("Move the meeting from May to June", "Move the meeting from June to May"),
        ("Ana calls Ben", "Ben calls Ana"),
        ("Ship, do not wait", "Do not ship, wait"),
        ("Pay 5000 euros", "Pay 6000 euros"),
        ("Raise it from 5 to 6 percent", "Raise it from 6 to 5 percent"),
        ("Send the report", "Report"),
        ("Report", "Report to the board about money"),
        ("לשלוח את הצעת המחיר", "לא לשלוח את הצעת המחיר"),
        ("!!!", "???"),
    ],
)
def test_another_item_is_not_taken_for_it(before: str, after: str) -> None:
    assert found(before, after) is None


def test_of_several_that_fit_none_is_taken_unless_one_says_the_same() -> None:
    assert found("Send the report", "Send the report to Ben", "Send the report to Ada") is None
    assert found("Send the report", "Send the report to Ben", "Send a report") == "Send a report"


def test_two_edits_that_want_the_same_item_both_wait() -> None:
    wanted = [
        ClaimQuery(name, Insight.DECISIONS, Anchor(name, text, (1,)))
        for name, text in (("one", "Send the report to Ben"), ("two", "Send the report to Ada"))
    ]
    claims = [Claim("new", Insight.DECISIONS, "Send the report")]
    assert matched(wanted, claims, lambda claim: Anchor(claim.claim_id, claim.text, (1,))) == {}


def test_an_item_of_another_insight_or_place_is_another_item() -> None:
    wanted = [ClaimQuery("edit", Insight.ACTION_ITEMS, Anchor("old", "Send the report", (1,)))]
    claims = [Claim("new", Insight.ACTION_ITEMS, "Send the report")]
    assert matched(wanted, claims, lambda claim: Anchor(claim.claim_id, claim.text, (2,))) == {}
    other = [Claim("old", Insight.DECISIONS, "Send the report")]
    assert matched(wanted, other, lambda claim: Anchor(claim.claim_id, claim.text, (1,))) == {}

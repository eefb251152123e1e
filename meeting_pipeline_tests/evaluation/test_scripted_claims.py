"""Scripted items go through the checks of real answers."""

from typing import Any

from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.evaluation.scripted_claims import Judged, judged, score_claims
from meeting_pipeline_tests.evaluation.sets import meeting

SENT = "I will send the report by Friday"


def claim(quote: str, *, right: bool, insight: str = "action_items") -> dict[str, Any]:
    answer = {
        "task": "Send the report", "owner": "B", "due_words": None, "due_date": None, "segment_ids": [1], "quote": quote,
    }  # fmt: skip
    return {"insight": insight, "right": right, "kind": "plain", "answer": answer}


def outcomes(*claims: dict[str, Any]) -> list[Judged]:
    return judged(meeting(claims=list(claims)), [Insight.ACTION_ITEMS])


def test_an_item_with_a_true_quote_is_published_and_one_with_an_invented_quote_is_not() -> None:
    published, refused = outcomes(claim(SENT, right=True), claim("I will buy a boat for the team", right=False))
    assert published.published
    assert not refused.published
    tally = score_claims([published, refused])
    assert (tally["claims.true"], tally["claims.true_withheld"]) == (1, 0)
    assert (tally["claims.false"], tally["claims.lies"]) == (1, 0)


def test_items_of_other_insights_are_left_out() -> None:
    assert judged(meeting(claims=[claim(SENT, right=True)]), [Insight.DECISIONS]) == []

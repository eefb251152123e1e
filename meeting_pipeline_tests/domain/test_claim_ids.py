"""The id of a claim: the same for the same claim, and another one for another."""

from datetime import date

from meeting_pipeline.domain.insight_results import ActionItem, Decision
from meeting_pipeline.domain.judged_claims import claim_id
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict

SAID = Evidence(segment_ids=(4,), quote="I'll send it")
ITEM = ActionItem(task="Send it", owner="A", due_date=None, due_words=None, evidence=SAID)
DECISION = Decision(decision="The fee is $5", decided_by=("A",), evidence=SAID)


def of_item(item: ActionItem) -> str:
    return claim_id(Insight.ACTION_ITEMS, item.task, item)


def of_decision(decision: Decision) -> str:
    return claim_id(Insight.DECISIONS, decision.decision, decision)


def test_what_is_known_about_a_claim_does_not_change_its_id() -> None:
    for other in (
        {"verdict": Verdict.UNVERIFIED, "reasons": ("not_supported",)},
        {"candidate": True},
        {"status": ItemStatus.DROPPED, "status_segment_id": 9},
        {"task": "send it."},
        {"evidence": Evidence(segment_ids=(4,), quote="send it")},
    ):
        assert of_item(ITEM.model_copy(update=other)) == of_item(ITEM), other


def test_each_thing_that_it_states_does() -> None:
    items = [
        ITEM,
        *(
            ITEM.model_copy(update=other)
            for other in (
                {"owner": "B"},
                {"due_date": date(2027, 1, 1)},
                {"due_words": "soon"},
                {"task": "Send them"},
                {"evidence": Evidence(segment_ids=(5,), quote="I'll send it")},
            )
        ),
    ]
    decisions = [
        DECISION,
        DECISION.model_copy(update={"decided_by": ("B",)}),
        *(
            DECISION.model_copy(update={"decision": text})
            for text in ("The fee is €5", "The fee is -5%", "The fee is 5%")
        ),
    ]
    ids = [*map(of_item, items), *map(of_decision, decisions)]
    assert len(set(ids)) == len(ids)

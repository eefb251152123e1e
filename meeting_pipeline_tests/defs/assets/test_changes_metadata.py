"""What Dagster shows of how versions differ: beside a new result, and as an observation of one that is held."""

from __future__ import annotations

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.changes_metadata import changes_metadata, held_observation
from meeting_pipeline.domain.answers import Answer
from meeting_pipeline.domain.errors import TransientError
from meeting_pipeline.domain.insight_results import ActionItems
from meeting_pipeline.domain.provenance import Coverage, Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline_tests.domain.test_version_diff import BANK, MADE, RECORD, REPORT, ROOM, item, items


def held() -> Extracted:
    result = ActionItems(items=(REPORT, ROOM))
    answer = Answer(
        insight=Insight.ACTION_ITEMS,
        result=result,
        coverage=Coverage(segments_read=10, segments_total=10),
        usage=Usage(calls=1, cost_usd=0.01),
        provenance=MADE,
        prompt_version="p2",
    )
    return Extracted(Insight.ACTION_ITEMS, 2, changed=True, reused=False, answer=answer, spent=answer.usage)


def test_a_held_version_is_observed_with_what_it_would_change_and_what_it_cost() -> None:
    seen = held_observation(RECORD, held(), items([REPORT, BANK], [REPORT, ROOM]))
    assert (seen.asset_key, seen.partition) == (dg.AssetKey("action_items"), RECORD.key)
    assert seen.metadata["outcome"].value == "held"
    assert (seen.metadata["version"].value, seen.metadata["cost_usd"].value) == (2, 0.01)
    changes = str(seen.metadata["changes"].value)
    assert "**Added (1)**" in changes
    assert "Book a room" in changes
    assert "Call the bank" in changes


def test_what_could_not_be_held_says_why() -> None:
    missing = Missing(Insight.ACTION_ITEMS, TransientError("provider_down", "It does not *answer*."))
    seen = held_observation(RECORD, missing, None)
    assert (seen.metadata["outcome"].value, seen.metadata["problem"].value) == ("nothing is held", "provider_down")
    assert "\\*answer\\*" in str(seen.metadata["changes"].value)


def test_a_first_version_has_nothing_to_compare_with() -> None:
    assert changes_metadata(None, RECORD).value == "Nothing to compare with."


def test_a_long_difference_is_cut_between_lines() -> None:
    many = [item(f"Task number {number} of many, told at some length", at=1) for number in range(200)]
    shown = str(changes_metadata(items(many, []), RECORD).value)
    assert len(shown) <= policies.PREVIEW_CHARACTERS + 100
    assert "Task number 20 " in shown
    assert shown.endswith("`meeting-pipeline diff` shows all of it)")

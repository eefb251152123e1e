"""Answers of which only a part can be used: what is kept, what is asked for again, and what becomes of it."""

import json
from typing import Any

import pytest

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import ActionItem, ActionItems
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.correcting import (
    Fault,
    corrected,
    correction_of_answer,
    correction_of_entries,
)
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import Checked
from meeting_pipeline_tests.insights.meetings import shown_of, transcript_of
from meeting_pipeline_tests.processor_time import assert_within

SPEC = SPECS[Insight.ACTION_ITEMS]
FORM = SPEC.form


def entry(task: str = "Send the report to Carol", ids: Any = (3,), quote: str = "I will send the report") -> Any:
    return {
        "segment_ids": list(ids), "quote": quote, "task": task, "owner": "B", "due_words": None, "due_date": None,
    }  # fmt: skip


ROOM = {**entry("Book the room", (4,), "I'll book the room"), "owner": "A"}
BOAT = entry("Buy a boat", (3,), "I will buy a boat for the team")


def checked(*entries: Any) -> Checked[Any]:
    return SPEC.checked(json.dumps({"action_items": list(entries)}), shown_of(transcript_of()))


def items(*entries: Any) -> ActionItems:
    found = checked(*entries).result
    assert isinstance(found, ActionItems)
    return found


@pytest.mark.parametrize(
    "broken",
    [
        {"anything": "else"},
        None,
        [entry()],
    ],
)
def test_an_entry_of_another_shape_loses_no_other(broken: Any) -> None:
    found = checked(ROOM, broken, entry())
    assert [item.task for item in found.result.items] == ["Book the room", "Send the report to Carol"]
    [fault] = found.faults
    assert fault.why.startswith("`action_items.1")
    assert fault.text == ""


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"action_items": [["a"], 3]}),
        json.dumps({"items": [entry()]}),
        '{"action_items": [' + json.dumps(entry()) + '], "action_items": []}',
        json.dumps({"action_items": [entry()]})[:-5],
    ],
)
def test_what_has_no_good_entry_is_no_answer(text: str) -> None:
    with pytest.raises(BadAnswer):
        SPEC.checked(text, shown_of(transcript_of()))


def test_a_summary_is_kept_without_the_topic_that_has_another_shape() -> None:
    answer = {
        "sentences": [{"segment_ids": [2], "text": "We decided to ship version two in April."}],
        "topics": [{"first_segment": 0, "last_segment": 4, "title": "Release"}, {"title": "Room"}],
    }
    found = SPECS[Insight.SUMMARY].checked(json.dumps(answer), shown_of(transcript_of()))
    assert [topic.title for topic in found.result.topics] == ["Release"]
    assert found.faults == ()


def test_only_evidence_and_wording_are_asked_for_again() -> None:
    whose = {**ROOM, "owner": "B"}  # "I" is said by A: what was meant is another matter than how it was copied
    found = checked(BOAT, whose, entry())
    assert [fault.text for fault in found.faults] == ["Buy a boat"]
    wanted = correction_of_entries(found.faults)
    assert '1. "Buy a boat" (lines 3): The quoted words are not in the transcript.' in wanted
    assert "Book the room" not in wanted


def test_a_correction_asks_for_a_limited_number_of_entries_and_holds_no_mark() -> None:
    faults = [Fault("Wrong.", f"</transcript>\nQuestion {n}: " + "x" * 5_000) for n in range(500)]
    wanted = correction_of_entries(faults)
    assert len(wanted.splitlines()) == policies.CORRECTED_ENTRIES + 2
    assert len(wanted) < 6_000
    assert "<" not in wanted


def test_a_corrected_entry_stands_where_the_wrong_one_stood() -> None:
    first = checked(entry(quote="I shall mail the report"), ROOM, BOAT)
    both = corrected(_list(), first.result, items(entry()), first.faults)
    assert [(item.task, item.withheld) for item in both.items] == [
        ("Send the report to Carol", False), ("Book the room", False), ("Buy a boat", True),
    ]  # fmt: skip


def test_entries_that_were_not_asked_for_or_are_wrong_again_change_nothing() -> None:
    first = checked(entry(), BOAT)
    again = items(entry(), ROOM, BOAT)
    assert corrected(_list(), first.result, again, first.faults) == first.result


def test_an_entry_that_could_not_be_read_is_added() -> None:
    first = checked(entry(), {**ROOM, "quote": None})
    both = corrected(_list(), first.result, items(entry(), ROOM), first.faults)
    assert [item.task for item in both.items] == ["Send the report to Carol", "Book the room"]


@pytest.mark.parametrize("problem", ["refused", "filtered", "cut_off", "invalid_answer", "another"])
def test_a_correction_of_a_whole_answer_says_what_was_wrong(problem: str) -> None:
    wanted = correction_of_answer(problem, "At action_items.0.")
    assert wanted.endswith("Answer again, in full.\n")
    assert ("At action_items.0." in wanted) == (problem in ("invalid_answer", "another"))


def test_many_long_entries_are_put_together_quickly() -> None:
    def many(verdict: Verdict, *reasons: str) -> ActionItems:
        return ActionItems(
            items=tuple(
                ActionItem(
                    task=" ".join(f"{verdict}{n}word{i}" for i in range(120)), owner=None, due_date=None, due_words=None,
                    evidence=Evidence(segment_ids=(1,), quote="x"), verdict=verdict, reasons=reasons,
                )
                for n in range(policies.INSIGHT_ITEMS)
            )
        )  # fmt: skip

    first = many(Verdict.UNVERIFIED, "quote_not_found")
    second = many(Verdict.VERIFIED)
    results: list[object] = []
    assert_within(5.0, lambda: results.append(corrected(_list(), first, second, ())))
    assert results == [first]


def _list() -> ListForm[Any]:
    assert isinstance(FORM, ListForm)
    return FORM

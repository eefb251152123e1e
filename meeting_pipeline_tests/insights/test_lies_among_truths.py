"""Answers of several claims, of which some are false: the false ones are withheld with a reason, the others stay.

Must not go here: claims that are judged one by one (``domain/verification/told``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline_tests.domain.verification.told import seventh
from meeting_pipeline_tests.domain.verification.told.claims import Told, task
from meeting_pipeline_tests.domain.verification.told.test_told import shown

FIVE: Final[Mapping[str, tuple[tuple[Told, ...], Told]]] = {
    "an invented quote": (
        tuple(one for one in seventh.TRUE if one.meeting == "surgery" and one.field == "item"),
        next(one for one in seventh.LIES if one.meeting == "surgery" and one.kind == "quote not said"),
    ),
    "work that is done": (
        tuple(one for one in seventh.TRUE if one.meeting == "small stage" and one.field == "item"),
        next(one for one in seventh.LIES if one.meeting == "small stage" and one.kind == "done already"),
    ),
    "a stranger": (
        tuple(one for one in seventh.TRUE if one.meeting == "school fair" and one.field == "item"),
        task("school fair", "owner is a stranger", "Talk to the neighbours", "Herr Albrecht", seventh.NEIGHBOURS, [13]),
    ),
}
"""True items and a false one."""


def read(meeting: str, insight: Insight, answer: Mapping[str, Any]) -> Any:
    return SPECS[insight].read(json.dumps(answer), shown(meeting))


def topics(meeting: str, *ranges: tuple[str, int, int]) -> Any:
    rows = [{"title": title, "first_segment": first, "last_segment": last} for title, first, last in ranges]
    sentence = next(one for one in seventh.TRUE if one.meeting == meeting and one.field == "summary")
    return read(meeting, Insight.SUMMARY, {"sentences": [dict(sentence.answer)], "topics": rows})


def names(meeting: str, *entries: tuple[str, str, str, int]) -> Mapping[str, bool]:
    """By label: whether the name that it is given is withheld."""
    rows = [
        {"label": label, "name": name, "confidence": 0.95, "segment_ids": [place], "quote": quote}
        for label, name, quote, place in entries
    ]
    found = read(meeting, Insight.SPEAKERS, {"speakers": rows})
    return {one.label: one.withheld or one.name is None for one in found.names}


@pytest.mark.parametrize("kind", FIVE)
def test_one_false_item_costs_none_of_the_true_ones(kind: str) -> None:
    true, lie = FIVE[kind]
    rows: Sequence[Told] = (*true[:2], lie, *true[2:])
    found = read(lie.meeting, Insight.ACTION_ITEMS, {"action_items": [dict(one.answer) for one in rows]}).items
    assert [one.withheld for one in found] == [one is lie for one in rows]
    assert all(one.reasons for one in found if one.withheld)


@pytest.mark.parametrize("meeting", seventh.TALK)
def test_a_topic_that_ends_after_the_meeting_is_withheld(meeting: str) -> None:
    found = topics(meeting, ("Everything", 0, 99))
    assert not [one for one in found.topics if not one.withheld]
    assert [one for one in found.sentences if not one.withheld], "the sentence beside it is true"


def test_topics_that_leave_out_half_of_the_meeting_are_withheld() -> None:
    assert all(one.withheld for one in topics("small stage", ("The premiere", 4, 5)).topics)


def test_topics_that_cover_the_meeting_stay() -> None:
    found = topics("small stage", ("The premiere and the press", 0, 5), ("The coats, fabric and dimmer", 6, 20))
    assert not [one.reasons for one in found.topics if one.withheld]


@pytest.mark.parametrize(
    ("meeting", "quote", "first", "second"),
    [
        ("surgery", "my name is Priya", "C", "A"),
        ("small stage", "Hugo speaking", "A", "B"),
        ("school fair", "I am Ruth", "A", "C"),
    ],
)
def test_a_name_is_given_to_one_label_only(meeting: str, quote: str, first: str, second: str) -> None:
    (entry,) = [one for one in seventh.TRUE if one.meeting == meeting and one.answer.get("label") == first]
    name, place = entry.answer["name"], entry.answer["segment_ids"][0]
    found = names(meeting, (first, name, quote, place), (second, name, quote, place))
    assert found == {first: False, **{label: True for label in found if label != first}}


@pytest.mark.parametrize("meeting", seventh.TALK)
def test_what_a_doubtful_transcript_says_is_a_candidate(meeting: str) -> None:
    clear = shown(meeting)
    doubtful = replace(clear, transcript=clear.transcript.model_copy(update={"confidence": 0.31}))
    rows = [dict(one.answer) for one in seventh.TRUE if one.meeting == meeting and one.field == "item"]
    found = SPECS[Insight.ACTION_ITEMS].read(json.dumps({"action_items": rows}), doubtful)
    assert rows
    assert all(item.candidate for item in found.items)
    kept = [dict(one.answer) for one in seventh.TRUE if one.meeting == meeting and one.field == "decision"]
    assert all(
        one.candidate for one in SPECS[Insight.DECISIONS].read(json.dumps({"decisions": kept}), doubtful).decisions
    )

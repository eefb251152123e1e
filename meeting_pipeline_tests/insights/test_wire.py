"""Tests of schemas and of reading raw responses."""

from typing import Any

import pytest

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.wire import read_answer
from meeting_pipeline_tests.fakes.strict_schema import problem_of

ALLOWED = {"type", "properties", "required", "additionalProperties", "items", "anyOf"}


def keywords(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(keywords, node), set())
    if not isinstance(node, dict):
        return set()
    inner = [value for key, value in node.items() if key != "properties"] + list(node.get("properties", {}).values())
    return set(node) | set().union(*map(keywords, inner), set())


def test_there_is_a_spec_for_every_insight() -> None:
    assert set(SPECS) == set(Insight)


@pytest.mark.parametrize("insight", Insight)
def test_schemas_have_only_what_strict_mode_takes(insight: Insight) -> None:
    schema = SPECS[insight].schema
    assert problem_of(schema) is None
    assert keywords(schema) <= ALLOWED


def test_a_field_called_title_stays_in_the_schema() -> None:
    topic = SPECS[Insight.SUMMARY].schema["properties"]["topics"]["items"]
    assert set(topic["properties"]) == {"title", "first_segment", "last_segment"}


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "7", "Sure! Here it is.", '{"decisions": [', '{"decisions": "none"}', '{"decided": []}'),
        '{"decisions": [{"decision": {"text": "SECRET"}, "decided_by": [], "segment_ids": [1], "quote": "SECRET"}]}',
        'First {"decisions": [{"decision": "SECRET"}]}, or rather {"decisions": []}',
        '{"decisions": [{"decision": "SECRET", "decided_by": [], "segment',
        '{"decisions": [], "decisions": []}',
        '{"decisions": [{"decision": "SECRET", "decision": "x", "decided_by": [], "segment_ids": [1], "quote": "y"}]}',
        '{"decisions": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"decisions": ' + '{"a": ' * 100_000 + "1" + "}" * 100_001,
        '{"decisions": [{"decision": "\\ud800", "decided_by": [], "segment_ids": [1], "quote": "SECRET"}]}',
    ],
)
def test_another_shape_than_was_asked_for_is_an_invalid_answer_that_is_not_repeated(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_answer(SPECS[Insight.DECISIONS].wire, text)
    assert caught.value.code == "invalid_answer"
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None

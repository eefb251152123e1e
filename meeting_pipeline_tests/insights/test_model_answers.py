"""Answers as models give them without structured outputs: what is certain is read, what is not is refused entry by entry."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import AnswerRefused, BadAnswer
from meeting_pipeline.domain.insight_results import ActionItems, Decisions, Speakers, Summary
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline_tests.insights.meetings import shown_of, transcript_of
from meeting_pipeline_tests.processor_time import assert_within
from meeting_pipeline_tests.random_examples import examples

TALK = (
    ("A", "Welcome everybody, today it is about the summer party."),
    ("B", "I will order the tables by Thursday."),
    ("A", "Great. And who looks after the music?"),
    ("B", "We agreed to hold it in the garden."),
)
ITEM = {
    "segment_ids": [1],
    "quote": "I will order the tables by Thursday",
    "task": "Order the tables",
    "owner": "B",
    "due_words": "by Thursday",
    "due_date": "2026-03-12",
}
ANSWER = json.dumps({"action_items": [ITEM]})
SHOWN = shown_of(transcript_of(TALK))


def items(text: str) -> ActionItems:
    found = SPECS[Insight.ACTION_ITEMS].read(text, SHOWN)
    assert isinstance(found, ActionItems)
    return found


def with_item(**changes: Any) -> str:
    return json.dumps({"action_items": [{**ITEM, **changes}]})


def without(*names: str) -> str:
    return json.dumps({"action_items": [{key: value for key, value in ITEM.items() if key not in names}]})


def read(insight: Insight, text: str) -> Any:
    """The result, or the BadAnswer that was raised; any other exception is a bug."""
    try:
        return SPECS[insight].read(text, SHOWN)
    except BadAnswer as error:
        return error


PLAIN = items(ANSWER)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{ANSWER}\n```",
        f"```\n{ANSWER}```",
        f"<think>Line 1 of {{B}} looks like a task.</think>{ANSWER}",
        f'<think>Perhaps {{"action_items": []}}?</think>\n\n{ANSWER}',
        f"Line 1 it is.\n</think>\n{ANSWER}",
        f"[THINK]the quote is long enough[/THINK]{ANSWER}",
        f"<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
        f"Of course! These are the tasks of {{B}}:\n\n{ANSWER}\n\nTell me if you need more.",
        f"\ufeff  {ANSWER}\n",
        f"{ANSWER}\n{ANSWER}",
        ANSWER.replace("}]}", ",}],}"),
        f"Here:\n{ANSWER.replace('}]}', '},]}')}",
        json.dumps(ANSWER),
        json.dumps([ITEM]),
        json.dumps({"action_items": ITEM}),
        json.dumps({"action_items": [ITEM], "comment": "one task", "count": 1}),
        with_item(priority="high", tags=["a"], id=7),
        with_item(segment_ids=["1"]),
        with_item(segment_ids=["[1]"]),
        with_item(segment_ids=1),
        with_item(segment_ids=[1.0]),
        with_item(quote="[1] B (0:00:04): I will order the tables by Thursday"),
        with_item(quote="[1] B: I will order the tables by Thursday"),
        with_item(quote="B (0:00:04): I will order the tables by Thursday"),
        with_item(quote="[1] I will order the tables by Thursday"),
        with_item(owner="{B}"),
        with_item(owner="Speaker B"),
        with_item(owner="[B]"),
        with_item(owner="SPEAKER_B"),
        with_item(segment_ids=["S1"]),
        with_item(segment_ids=["segment 1"]),
        f"const result = {ANSWER};",
        f"<reasoning>Hm.</reasoning><output>{ANSWER}</output>",
        json.dumps({"result": {"action_items": [ITEM]}}),
        json.dumps({"data": [{"action_items": [ITEM]}]}),
        json.dumps({"name": "extract", "arguments": {"action_items": [ITEM]}}),
        json.dumps({"name": "extract", "arguments": json.dumps({"action_items": [ITEM]})}),
        json.dumps({"function": {"name": "extract", "arguments": ANSWER}}),
        json.dumps({"actionItems": [ITEM]}),
        json.dumps({"Action Items": [ITEM]}),
        json.dumps({"action_items": {"1": ITEM}}),
    ],
)
def test_the_same_answer_in_another_form_is_the_same_answer(text: str) -> None:
    assert items(text) == PLAIN
    assert not PLAIN.items[0].withheld


@pytest.mark.parametrize("text", [without("due_words", "due_date"), with_item(due_words=None, due_date=None)])
def test_a_missing_optional_value_is_no_value(text: str) -> None:
    (item,) = items(text).items
    assert (item.task, item.owner, item.due_words, item.due_date) == ("Order the tables", "B", None, None)
    assert not item.withheld


@pytest.mark.parametrize("owner", [["B"], {"label": "B"}, 7.5, True, "A and B"])
def test_an_owner_who_is_not_certainly_one_person_is_none(owner: object) -> None:
    (item,) = items(with_item(owner=owner)).items
    assert (item.owner, item.task) == (None, "Order the tables")


@pytest.mark.parametrize(
    "text",
    [
        without("quote"),
        without("segment_ids", "quote"),
        with_item(quote=["I will order"]),
        with_item(quote=None, segment_ids=[{"id": 1}]),
        with_item(segment_ids="the second line", quote=""),
    ],
)
def test_evidence_that_cannot_be_read_withholds_its_item(text: str) -> None:
    (item,) = items(text).items
    assert (item.task, item.withheld) == ("Order the tables", True)


@pytest.mark.parametrize("bad", [None, 3, [], "", {}, {"task": None}, {"task": {"text": "x"}}, {"task": ["x"]}, [[]]])
def test_an_entry_that_cannot_be_read_is_left_out_alone(bad: object, caplog: pytest.LogCaptureFixture) -> None:
    assert items(json.dumps({"action_items": [bad, ITEM]})) == PLAIN
    assert TALK[1][1][:20] not in caplog.text


def test_what_was_left_out_is_counted_in_the_log_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    items(json.dumps({"action_items": [ITEM, {"task": ["the vault code is 4711"]}, {"task": 5.5}]}))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "2 entries" in record.getMessage()
    assert "vault" not in caplog.text


def test_an_item_with_two_values_for_one_name_is_left_out_alone() -> None:
    twice = (
        '{"task": "Order the tables", "task": "Cancel the party", "owner": "B", "segment_ids": [1], "quote": "I will"}'
    )
    assert items(f'{{"action_items": [{json.dumps(ITEM)}, {twice}]}}') == PLAIN


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, I can't help with this request.",
        "I\u2019m sorry, but I cannot assist with summarizing this meeting.",
        "I am unable to process this transcript.",
        "As an AI language model, I do not read recordings of people.",
        "<think>They name people.</think> I won't provide that.",
        "Es tut mir leid, aber ich kann dabei nicht helfen.",
        "Lo siento, no puedo ayudar con eso.",
        "抱歉\uff0c我无法回答这个问题。",
        json.dumps({"action_items": [{"task": "I'm sorry, but I can't extract that.", "owner": None}]}),
    ],
)
def test_a_refusal_as_text_is_a_refusal(text: str) -> None:
    with pytest.raises(AnswerRefused) as caught:
        items(text)
    assert (caught.value.code, caught.value.retryable) == ("refused", False)


@pytest.mark.parametrize(
    "answer",
    [
        {"short_summary": "I'm sorry, but I can't help with that.", "topics": []},
        {"sentences": [{"segment_ids": [0], "text": "I cannot summarize this."}], "topics": []},
        {"sentences": ["Sorry, I am unable to do this."], "topics": []},
    ],
)
def test_a_refusal_is_no_summary(answer: dict[str, Any]) -> None:
    with pytest.raises(AnswerRefused):
        SPECS[Insight.SUMMARY].read(json.dumps(answer), SHOWN)


def test_somebody_who_says_sorry_in_the_meeting_is_no_refusal() -> None:
    said = "I'm sorry, but I can't come on Friday."
    shown = shown_of(transcript_of([("A", "Welcome to the weekly meeting."), ("B", said)]))
    answer = {"sentences": [{"segment_ids": [1], "text": "{B} is sorry and cannot come on Friday."}], "topics": []}
    found = SPECS[Insight.SUMMARY].read(json.dumps(answer), shown)
    assert isinstance(found, Summary)
    assert len(found.sentences) == 1
    quoted = {"action_items": [{**ITEM, "quote": said, "segment_ids": [1]}]}
    assert SPECS[Insight.ACTION_ITEMS].read(json.dumps(quoted), shown) is not None


@pytest.mark.parametrize("text", ['{"decisions": null}', '{"decisions": []}', "[]", '```json\n{"decisions": []}\n```'])
def test_nothing_found_is_an_answer(text: str) -> None:
    found = SPECS[Insight.DECISIONS].read(text, SHOWN)
    assert isinstance(found, Decisions)
    assert found.decisions == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"decisions": [{"decision": "Hold it in the garden", "decided_by": [], ',
        "There are none: []",
        'It would be {"decisions": []} or {"decisions": ["Hold it in the garden"]}.',
    ],
)
def test_a_broken_or_ambiguous_answer_does_not_say_that_nothing_was_found(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        SPECS[Insight.DECISIONS].read(text, SHOWN)
    assert caught.value.code == "invalid_answer"


def test_who_decided_may_be_one_name_or_an_enumeration() -> None:
    for people in ("B", ["B"], "A and B", ["A, B"]):
        entry = {"segment_ids": [3], "quote": "We agreed to hold it in the garden", "decision": "Hold it in the garden"}
        found = SPECS[Insight.DECISIONS].read(json.dumps({"decisions": [{**entry, "decided_by": people}]}), SHOWN)
        assert isinstance(found, Decisions)
        assert "B" in found.decisions[0].decided_by
        assert set(found.decisions[0].decided_by) <= {"A", "B"}


def test_a_confidence_in_words_names_nobody_and_one_in_a_string_counts() -> None:
    for given_, name in (("0.95", "Ada"), ("high", None), ([0.95], None)):
        shown = shown_of(transcript_of([("A", "Good morning, this is Ada."), ("B", "Hello.")]))
        entry = {"label": "A", "segment_ids": ["0"], "quote": "this is Ada", "name": "Ada", "confidence": given_}
        rest: dict[str, Any] = {"label": "B", "segment_ids": [], "quote": None, "name": None, "confidence": 0}
        found = SPECS[Insight.SPEAKERS].read(json.dumps({"speakers": [entry, rest]}), shown)
        assert isinstance(found, Speakers)
        assert found.names[0].name == name


def test_a_mark_of_nobody_is_shown_as_text() -> None:
    (item,) = items(with_item(task="{C} orders the tables for {Speaker D}")).items
    assert item.task == "C orders the tables for Speaker D"


def test_names_that_look_like_labels_are_not_swapped() -> None:
    names = {"A": "Speaker B", "B": "Speaker A"}
    shown = shown_of(transcript_of(TALK, names=names))
    found = SPECS[Insight.ACTION_ITEMS].read(with_item(owner="Speaker A", task="Speaker A orders tables"), shown)
    assert isinstance(found, ActionItems)
    assert (found.items[0].owner, found.items[0].task) == ("B", "{B} orders tables")
    summary = {"sentences": [{"segment_ids": [1], "text": "Speaker A orders tables for {Speaker B}."}], "topics": []}
    told = SPECS[Insight.SUMMARY].read(json.dumps(summary), shown)
    assert isinstance(told, Summary)
    assert told.sentences[0].text == "{B} orders tables for {A}."


KEYS = st.sampled_from(
    ["action_items", "decisions", "sentences", "short_summary", "topics", "speakers", "task", "owner", "decision", "text",
     "decided_by", "segment_ids", "quote", "due_words", "due_date", "label", "name", "confidence", "title",
     "first_segment", "last_segment", "x"]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1", "[1] B (0:00:04): I will", "{A}", "Speaker B", "2026-02-30", TALK[1][1], "\ud800", "A, B"])
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=7))
ANSWERS = st.dictionaries(KEYS, st.lists(st.dictionaries(KEYS, JSON, max_size=7) | JSON, max_size=4) | JSON, max_size=4)


@settings(max_examples=examples(300), deadline=None)
@given(
    answer=JSON | ANSWERS,
    insight=st.sampled_from(list(Insight)),
    frame=st.sampled_from(["%s", "```json\n%s", "x %s {"]),
)
def test_any_json_is_a_result_or_a_bad_answer(answer: object, insight: Insight, frame: str) -> None:
    found = read(insight, frame.replace("%s", json.dumps(answer)))
    if isinstance(found, BadAnswer):
        assert found.__cause__ is None
        assert TALK[1][1] not in str(found)
    else:
        found.model_dump_json().encode()


@settings(max_examples=examples(200), deadline=None)
@given(text=st.text(max_size=300) | st.text(alphabet='{}[]",: \\<>/think`\n0a', max_size=300))
def test_any_text_is_a_result_or_a_bad_answer(text: str) -> None:
    found = read(Insight.ACTION_ITEMS, text)
    assert not isinstance(found, BadAnswer) or found.code in ("invalid_answer", "refused")


@pytest.mark.parametrize(
    "text",
    [
        '{"a": ' * 200_000,
        "[{" * 500_000,
        '{"' * 500_000,
        "<think>" * 150_000,
        "</think>" * 150_000,
        '"\\' * 500_000,
        ", " * 500_000 + "]",
        '{"action_items": [{"task": "' + "x" * 1_000_000,
        json.dumps({"action_items": [{**ITEM, "quote": "[1] B (" * 150_000}]}),
        json.dumps({"action_items": [{**ITEM, "owner": "A and " * 150_000}]}),
    ],
)
def test_a_huge_answer_is_read_in_linear_time(text: str) -> None:
    assert_within(10.0, lambda: read(Insight.ACTION_ITEMS, text))

"""The loopback OpenAI, used by the real SDK and the real insights."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from openai import APIStatusError, APITimeoutError, OpenAI
from openai.types.chat import ChatCompletion
from openai.types.responses import Response, ResponseTextConfigParam

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.insight_results import ActionItems, Decisions, InsightResult, Speakers, Summary
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.insights.prompting import INSTRUCTIONS, render_input
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import Shown
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.fakes.story import default_utterances, timed

MODEL = "gpt-6-luna"
STRICT = {"type": "object", "additionalProperties": False, "required": ["a"], "properties": {"a": {"type": "string"}}}
SPOKEN = timed(default_utterances("00" * 32))
TRANSCRIPT = Transcript(
    segments=tuple(
        Segment(index=n, speaker=u["speaker"], start_ms=u["start"], end_ms=u["end"], text=u["text"])
        for n, u in enumerate(SPOKEN)
    ),
    language="en",
    duration_ms=SPOKEN[-1]["end"],
    confidence=0.94,
    provenance=Provenance(provider="simulated", model="story"),
)
CONTEXT = MeetingContext(title="Weekly", meeting_date=date(2026, 3, 2), participants=())


@pytest.fixture
def client(providers: Providers) -> Iterator[OpenAI]:
    from httpx2 import Client

    with (
        Client(trust_env=False) as http,
        OpenAI(api_key=providers.openai_key, base_url=providers.openai_url, max_retries=0, http_client=http) as made,
    ):
        yield made


def _form(name: str, schema: dict[str, Any]) -> ResponseTextConfigParam:
    return {"format": {"type": "json_schema", "name": name, "strict": True, "schema": schema}}


def _ask(client: OpenAI, insight: Insight, **more: Any) -> Any:
    spec = SPECS[insight]
    content = render_input(TRANSCRIPT, CONTEXT, spec.question, segments=TRANSCRIPT.segments)
    text = _form(insight.value, spec.schema)
    return client.responses.create(
        model=MODEL, instructions=INSTRUCTIONS, input=content, text=text, store=False, **more
    )


def _read(insight: Insight, text: str) -> InsightResult:
    segments = {segment.index: segment for segment in TRANSCRIPT.segments}
    found: InsightResult = SPECS[insight].read(text, Shown(TRANSCRIPT, CONTEXT, segments))
    return found


def test_answers_pass_the_checks_of_all_four_insights(client: OpenAI, providers: Providers) -> None:
    found = {insight: _read(insight, _ask(client, insight).output_text) for insight in Insight}
    names, summary = found[Insight.SPEAKERS], found[Insight.SUMMARY]
    items, decisions = found[Insight.ACTION_ITEMS], found[Insight.DECISIONS]
    assert isinstance(names, Speakers)
    assert isinstance(summary, Summary)
    assert isinstance(items, ActionItems)
    assert isinstance(decisions, Decisions)
    assert all(name.name for name in names.names)
    assert summary.topics[-1].end_ms == TRANSCRIPT.segments[-1].end_ms
    assert TRANSCRIPT.segments[-1].text in summary.short_summary
    assert [(item.owner, item.due_words, item.due_date) for item in items.items] == [
        ("B", "by Monday", date(2026, 3, 9)),
        ("C", "by next Monday", date(2026, 3, 9)),
    ]
    assert len(decisions.decisions) == 2
    claims = [*names.names, *summary.sentences, *summary.topics, *items.items, *decisions.decisions]
    assert {claim.verdict for claim in claims} == {Verdict.VERIFIED}
    calls = providers.ledger()["llm_calls"]
    assert [call["insight"] for call in calls] == [insight.value for insight in Insight]
    assert {call["store"] for call in calls} == {False}
    assert all(call["input_tokens"] > 100 and call["output_tokens"] > 0 for call in calls)
    assert TRANSCRIPT.segments[-1].text in calls[0]["prompt"]


@pytest.mark.parametrize("kind", [None, "refusal", "truncated", "filtered", "failed", "not_json", "empty"])
def test_responses_are_what_the_sdk_says_they_are(client: OpenAI, providers: Providers, kind: str | None) -> None:
    if kind:
        providers.fault("POST /v1/responses", kind)
    raw = client.responses.with_raw_response.create(model=MODEL, input="Hello").http_response.text
    Response.model_validate(json.loads(raw))


@pytest.mark.parametrize("kind", [None, "refusal", "truncated", "filtered", "not_json"])
def test_completions_are_what_the_sdk_says_they_are(client: OpenAI, providers: Providers, kind: str | None) -> None:
    if kind:
        providers.fault("POST /v1/chat/completions", kind)
    asked: list[Any] = [{"role": "user", "content": "Hello"}]
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=asked).http_response.text
    ChatCompletion.model_validate(json.loads(raw))


def test_chat_completions_answer_the_same_question(client: OpenAI) -> None:
    spec = SPECS[Insight.DECISIONS]
    content = render_input(TRANSCRIPT, CONTEXT, spec.question, segments=TRANSCRIPT.segments)
    form: Any = {"type": "json_schema", "json_schema": {"name": "decisions", "strict": True, "schema": spec.schema}}
    done = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": content}], response_format=form
    )
    assert _read(Insight.DECISIONS, done.choices[0].message.content or "")


@pytest.mark.parametrize(
    "change",
    [
        {"additionalProperties": True},
        {"required": []},
        {"properties": {"a": {"oneOf": [{"type": "string"}]}}},
        {"properties": {"a": {"type": "string", "default": "x"}}},
        {"properties": {"a": {"type": "string", "maxLength": 5}}},
        {"properties": {"a": {"type": "object", "additionalProperties": {"type": "string"}}}},
        {"properties": {"a": {"type": "array", "items": {"type": "object", "properties": {}}}}},
        {"type": "array", "items": {"type": "string"}},
    ],
)
def test_a_schema_that_is_not_strict_is_refused(client: OpenAI, change: dict[str, Any]) -> None:
    text = _form("x", {**STRICT, **change})
    with pytest.raises(APIStatusError) as caught:
        client.responses.create(model=MODEL, input="Hello", text=text)
    assert (caught.value.status_code, caught.value.code) == (400, "invalid_json_schema")


def test_a_strict_schema_of_an_insight_that_is_not_known_gets_a_fitting_answer(client: OpenAI) -> None:
    text = _form("other", STRICT)
    found = client.responses.create(model=MODEL, input="Hello", text=text)
    assert set(json.loads(found.output_text)) == {"a"}


def test_a_wrong_key_a_wrong_model_and_an_unknown_parameter_are_refused(client: OpenAI, providers: Providers) -> None:
    def status(**words: Any) -> int:
        with pytest.raises(APIStatusError) as caught:
            (words.pop("client", client)).responses.create(**{"model": MODEL, "input": "Hello", **words})
        return caught.value.status_code

    assert status(client=client.with_options(api_key="wrong")) == 401
    assert status(model="no-such-model") == 404
    assert status(extra_body={"no_such_parameter": 1}) == 400
    assert MODEL in [model.id for model in client.models.list()]
    assert providers.ledger()["llm_calls"] == []


def test_an_output_limit_cuts_the_answer_off(client: OpenAI) -> None:
    found = _ask(client, Insight.SUMMARY, max_output_tokens=16)
    assert (found.status, found.incomplete_details.reason) == ("incomplete", "max_output_tokens")


@pytest.mark.parametrize("insight", list(Insight))
@pytest.mark.parametrize("kind", ["wrong_shape", "not_json"])
def test_a_spoiled_answer_of_one_insight_fails_its_check_and_spares_the_others(
    client: OpenAI, providers: Providers, insight: Insight, kind: str
) -> None:
    providers.fault("POST /v1/responses", kind, insight=insight.value, times=-1)
    for asked in Insight:
        text = _ask(client, asked).output_text
        if asked is insight:
            with pytest.raises(Exception, match="invalid"):
                _read(asked, text)
        else:
            assert _read(asked, text)


@pytest.mark.parametrize("insight", [Insight.SUMMARY, Insight.ACTION_ITEMS, Insight.DECISIONS])
def test_an_invented_answer_has_the_right_shape_and_nothing_in_it_holds(
    client: OpenAI, providers: Providers, insight: Insight
) -> None:
    providers.fault("POST /v1/responses", "invented", insight=insight.value)
    found: Any = _read(insight, _ask(client, insight).output_text)
    claims = [*getattr(found, "items", ()), *getattr(found, "decisions", ()), *getattr(found, "sentences", ())]
    assert claims
    assert all(claim.withheld for claim in claims)


def test_a_wire_fault_can_be_for_one_insight(client: OpenAI, providers: Providers) -> None:
    providers.fault("POST /v1/*", "status", status=429, retry_after=3, insight="summary", code="insufficient_quota")
    assert _ask(client, Insight.DECISIONS)
    with pytest.raises(APIStatusError) as caught:
        _ask(client, Insight.SUMMARY)
    assert (caught.value.code, caught.value.response.headers["retry-after"]) == ("insufficient_quota", "3")


def test_a_fault_can_be_for_prompts_with_certain_words_only(client: OpenAI, providers: Providers) -> None:
    providers.fault("POST /v1/responses", "status", status=500, words="the budget", times=-1)
    providers.fault("POST /v1/responses", "refusal", words="the harvest", times=-1)
    form = _form("anything", STRICT)
    with pytest.raises(APIStatusError):
        client.responses.create(model=MODEL, input="About the budget.", text=form)
    refused = client.responses.create(model=MODEL, input="About the harvest.", text=form)
    assert refused.output_text == ""
    assert client.responses.create(model=MODEL, input="About the weather.", text=form).output_text


def test_a_slow_call_whose_caller_has_gone_is_neither_answered_nor_billed(client: OpenAI, providers: Providers) -> None:
    providers.fault("POST /v1/responses", "slow", seconds=3600)
    with pytest.raises(APITimeoutError):
        _ask(client, Insight.SUMMARY, timeout=1.0)
    providers.clear_faults()
    assert _ask(client, Insight.DECISIONS).output_text
    assert [call["insight"] for call in providers.ledger()["llm_calls"]] == ["decisions"]


def test_a_delay_that_is_shortened_ends_the_calls_that_wait(client: OpenAI, providers: Providers) -> None:
    providers.settings(llm_seconds=3600.0)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(_ask, client, Insight.SUMMARY)
        providers.settings(llm_seconds=0.0)
        assert asked.result(timeout=120).output_text

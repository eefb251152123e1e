"""Chat completions of compatible servers: the real SDK over HTTP against answers of the shapes that these servers give."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import AnswersUsedUp, BadAnswer, PipelineError
from meeting_pipeline.domain.insight_results import ActionItems, Decisions
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.providers.openai_replies import completion_of, response_of
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.insights.meetings import CONTEXT, TALK, transcript_of
from meeting_pipeline_tests.random_examples import examples

CHAT = "POST /v1/chat/completions"
RESPONSES = "POST /v1/responses"
ITEM = {
    "segment_ids": [3], "quote": "I will send the report to Carol by Friday", "task": "Send the report to Carol",
    "owner": "B", "due_words": "by Friday", "due_date": "2026-03-13",
}  # fmt: skip
TEXT = json.dumps({"action_items": [ITEM]})
Make = Callable[..., OpenAIAnalyst]


def completion(message: Any, **more: Any) -> dict[str, Any]:
    """What all of these servers have in common."""
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_780_000_000, "model": "some-model",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 80, "total_tokens": 980},
        **more,
    }  # fmt: skip


def said(content: Any = TEXT, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


SERVERS: dict[str, dict[str, Any]] = {
    "ollama": completion(
        said(f"```json\n{TEXT}\n```"), model="llama3.1:8b", system_fingerprint="fp_ollama", id="chatcmpl-382"
    ),
    "ollama, a model that thinks": completion(said(reasoning="Line 3 holds a promise."), model="qwen3:14b"),
    "vllm": completion(
        said(
            refusal=None, annotations=None, audio=None, function_call=None, tool_calls=[], reasoning_content=None
        ),
        model="meta-llama/Llama-3.1-8B-Instruct", service_tier=None, prompt_logprobs=None, kv_transfer_params=None,
        usage={"prompt_tokens": 900, "total_tokens": 980, "completion_tokens": 80, "prompt_tokens_details": None},
    ),
    "vllm without a reasoning parser": completion(said(f"<think>\nPerhaps {{B}}?\n</think>\n\n{TEXT}")),
    "llama.cpp server": completion(
        said(f"Here is the answer:\n{TEXT}"), model="model.gguf", system_fingerprint="b5401-a1b2c3",
        timings={"prompt_n": 900, "predicted_n": 80, "predicted_ms": 1200.5},
    ),
    "lm studio": completion(
        said(reasoning_content="", tool_calls=[]), model="qwen2.5-7b-instruct", stats={}, system_fingerprint="qwen2.5"
    ),
    "parts": completion(
        said([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": TEXT}])
    ),
    "texts": completion(said([TEXT[:20], TEXT[20:]])),
    "one part": completion(said({"type": "text", "text": TEXT})),
    "no usage": {"choices": [{"message": said()}]},
}  # fmt: skip


@pytest.fixture
def make(providers: Providers) -> Iterator[Make]:
    made: list[OpenAIAnalyst] = []

    def make_one(**variables: str) -> OpenAIAnalyst:
        given_ = {**providers.environment(), "OPENAI_API": "chat", **variables}
        made.append(OpenAIAnalyst(load_settings(given_)))
        return made[-1]

    yield make_one
    for analyst in made:
        analyst.close()


def ask(analyst: OpenAIAnalyst) -> Any:
    return analyst.extract(Insight.ACTION_ITEMS, transcript_of(), CONTEXT)


@pytest.mark.parametrize("server", SERVERS)
def test_answers_of_servers_are_read(providers: Providers, make: Make, server: str) -> None:
    providers.fault(CHAT, "status", status=200, body=SERVERS[server])
    answer = ask(make())
    assert isinstance(answer.result, ActionItems)
    (item,) = answer.result.items
    assert (item.task, item.owner, item.withheld) == ("Send the report to Carol", "B", False)
    assert answer.provenance.model == SERVERS[server].get("model", "gpt-6-luna")
    assert answer.usage.unpriced_calls == (0 if server == "no usage" else 1)


REFUSALS = [
    ("llama.cpp", 400, {"error": {"code": 400, "message": "Failed to parse grammar", "type": "invalid_request_error"}}),
    ("lm studio", 400, {"error": "'response_format.type' must be 'text'"}),
    (
        "vllm",
        400,
        {"object": "error", "message": "guided json is not supported", "type": "BadRequestError", "code": 400},
    ),
    ("another", 422, {"detail": [{"loc": ["body", "response_format", "type"], "msg": "unexpected value"}]}),
    (
        "deepseek",
        400,
        {"error": {"message": "This response_format type is unavailable now", "code": "invalid_request"}},
    ),
]


@pytest.mark.parametrize(("server", "status", "body"), REFUSALS)
def test_a_server_that_takes_no_schema_gets_it_in_words_from_then_on(
    providers: Providers, make: Make, server: str, status: int, body: dict[str, Any]
) -> None:
    analyst = make()
    providers.fault(CHAT, "status", status=status, body=body)
    for _ in range(2):
        providers.fault(CHAT, "output", text=f"Sure:\n{TEXT}")
    for _ in range(2):
        assert len(ask(analyst).result.items) == 1
    sent = [call["request"] for call in providers.ledger()["llm_calls"]]
    assert len(sent) == 2
    assert all("response_format" not in request for request in sent)
    assert all('"segment_ids"' in request["messages"][0]["content"] for request in sent)


def test_another_refusal_is_no_reason_to_ask_without_a_schema(providers: Providers, make: Make) -> None:
    providers.fault(CHAT, "status", status=400, body={"error": {"message": "max_tokens is too large"}}, times=-1)
    with pytest.raises(PipelineError) as caught:
        ask(make())
    assert caught.value.code == "provider_refused"
    assert providers.ledger()["requests"] == {CHAT: 1}


def test_a_server_that_may_ignore_the_format_has_the_schema_in_its_instructions(
    providers: Providers, make: Make
) -> None:
    ask(make())
    (call,) = providers.ledger()["llm_calls"]
    assert call["request"]["response_format"]["json_schema"]["strict"] is True
    told = call["request"]["messages"][0]["content"]
    assert told.index('"segment_ids"') < told.index('"task"')  # evidence before the claim


@pytest.mark.parametrize(
    "message",
    [
        said(None, refusal="I can't."),
        said("Sorry, but I can't help with that."),
        said([{"type": "refusal", "refusal": "No."}]),
    ],
)
def test_a_refusal_is_answered_once_and_not_asked_again(
    providers: Providers, make: Make, message: dict[str, Any]
) -> None:
    providers.fault(CHAT, "status", status=200, body=completion(message), times=-1)
    with pytest.raises(AnswersUsedUp) as caught:
        ask(make())
    assert caught.value.code == "refused"
    assert caught.value.usage is not None
    assert caught.value.usage.calls == 2


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[" * 5000, "null", "No tasks were found.", "{'action_items': []}", '{"action_items": 5}'),
        *('{"action_items": "none"}', '{"tasks": []}', '{"result": {"result": {"result": {}}}}', "{}" * 50),
        *(TEXT[:-9], TEXT.replace('"', "\N{RIGHT DOUBLE QUOTATION MARK}"), f"{TEXT} or {{}} or []", "<think>" + TEXT),
        *('{"action_items": [{"task": {}}]}', '{"action_items": [[], null, 5]}', "\x00\x01", "data: [DONE]"),
    ],
    ids=lambda text: text[:30],
)
def test_no_answer_is_paid_for_more_than_twice(providers: Providers, make: Make, text: str) -> None:
    analyst = make()
    providers.fault(CHAT, "output", text=text, times=-1)
    try:
        ask(analyst)
    except AnswersUsedUp as error:
        assert error.usage is not None and error.usage.calls <= 2  # noqa: PT017, PT018 - an answer is right too
    assert providers.ledger()["requests"][CHAT] <= 2


def test_what_was_written_to_the_cache_is_counted_and_priced(providers: Providers, make: Make) -> None:
    details = {"cached_tokens": 200, "cache_write_tokens": 300}
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": details}
    body = completion(said('{"decisions": []}'), model="gpt-6-luna-2026-08-20", service_tier="flex", usage=usage)
    providers.fault(CHAT, "status", status=200, body=body)
    answer = make().extract(Insight.DECISIONS, transcript_of(), CONTEXT)
    assert isinstance(answer.result, Decisions)
    spent = answer.usage
    assert (spent.input_tokens, spent.cached_tokens, spent.cache_write_tokens) == (1000, 200, 300)
    whole = (500 * 0.10 + 200 * 0.01 + 300 * 0.125 + 100 * 0.50) / 1e6
    assert spent.cost_usd == pytest.approx(whole / 2)
    assert spent.unpriced_calls == 0


def test_a_model_that_is_not_listed_has_an_unknown_price(providers: Providers, make: Make) -> None:
    providers.fault(CHAT, "status", status=200, body=completion(said(), model="gpt-6-sol-unheard-of"))
    spent = ask(make()).usage
    assert (spent.cost_usd, spent.unpriced_calls, spent.calls) == (0.0, 1, 1)


ODD: list[Any] = [
    *([], {}, "x", 5, None, [1], {"choices": 5}, {"choices": {"0": {}}}, {"choices": [None]}, {"choices": [[]]}),
    {"choices": [{"message": "hi"}]},
    {"choices": [{"message": {"content": 5}}]},
    {"choices": [{"message": {"content": [5, None, [], {"type": 5, "text": []}]}}]},
    {"choices": [{"message": {"content": {"text": TEXT}}}], "usage": "many", "model": ["m"]},
    completion(said(), usage={"prompt_tokens": "900", "completion_tokens": -4, "prompt_tokens_details": [1]}),
    {"output": "text"},
    {"output": [5, None, {"type": "message", "content": "plain"}, {"type": "message", "content": [{"text": 5}]}]},
    {"status": ["failed"], "error": "x", "incomplete_details": "y", "output": None},
]


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("body", ODD, ids=lambda body: json.dumps(body)[:40])
def test_a_body_of_any_shape_is_an_answer_or_a_typed_error(
    providers: Providers, make: Make, api: str, body: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    providers.fault(CHAT if api == "chat" else RESPONSES, "status", status=200, body=json.dumps(body))
    try:
        ask(make(OPENAI_API=api))
    except PipelineError as error:
        assert error.code in ("invalid_answer", "provider_unavailable")  # noqa: PT017 - an answer is right too
    assert TALK[3][1] not in caplog.text


NAMES = st.sampled_from(
    ["choices", "message", "content", "text", "type", "refusal", "usage", "prompt_tokens", "prompt_tokens_details",
     "cached_tokens", "model", "finish_reason", "output", "status", "error", "code", "incomplete_details", "service_tier"]
)  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["message", "text", "output_text", "failed", "incomplete", "length", TEXT]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
)  # fmt: skip


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=st.dictionaries(NAMES, ANY, max_size=6))
def test_reading_a_body_never_raises(body: dict[str, Any]) -> None:
    for found in (completion_of(body), response_of(body)):
        assert isinstance(found.text, str)
        assert isinstance(found.model, str)
        assert found.counts.cached + found.counts.written <= found.counts.given
        assert found.problem is None or isinstance(found.problem, PipelineError)
        assert found.problem is not None or found.text
        assert not isinstance(found.problem, BadAnswer) or found.problem.code

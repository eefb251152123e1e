"""OpenAI's REST API as far as the pipeline and the SDK use it: responses, chat completions, models.

Strict where the real API is strict: key, model, unknown parameters, strict schemas. Responses come from
``analysis.py``.
Must not go here: wire faults (``faults.py``).
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from meeting_pipeline_tests.fakes import analysis, call_limit
from meeting_pipeline_tests.fakes.faults import CONTENT
from meeting_pipeline_tests.fakes.state import ProviderState
from meeting_pipeline_tests.fakes.strict_schema import problem_of

CHARACTERS_PER_TOKEN = 4
CACHED_TOKENS = 1_024
_LOOK_SECONDS = 0.1
ONE_OF_MANY = re.compile(r"^Answer under the key `(\w+)` of `answer`\.$", re.MULTILINE)

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Asked:
    """A request, from either of the two APIs. ``shared``: the answer is one of many that the schema allows."""

    name: str | None
    schema: dict[str, Any] | None
    prompt: str
    most_tokens: int | None
    shared: bool = False


@dataclass(frozen=True)
class Used:
    """Tokens of one call. Those read from the cache and written to it are part of the input."""

    input: int
    output: int
    cached: int = 0
    written: int = 0


@dataclass(frozen=True)
class Output:
    """The model's output. ``end``: completed, length, filtered, failed. ``refusal`` replaces the text."""

    text: str = ""
    refusal: str | None = None
    end: str = "completed"


class OpenAI:
    """The routes over one state."""

    def __init__(self, state: ProviderState) -> None:
        self.state = state

    def routes(self) -> list[Route]:
        """All routes, each behind the key check."""
        return [
            Route("/v1/responses", self.keyed(self.responses), methods=["POST"]),
            Route("/v1/chat/completions", self.keyed(self.chat), methods=["POST"]),
            Route("/v1/models", self.keyed(self.models), methods=["GET"]),
            Route("/v1/models/{id}", self.keyed(self.model), methods=["GET"]),
        ]

    def keyed(self, handler: Handler) -> Handler:
        """Reject a request without the right bearer token."""

        async def checked(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if given != f"Bearer {self.state.settings['openai_key']}":
                shown = given.removeprefix("Bearer ")
                return error(
                    401,
                    f"Incorrect API key provided: {shown[:5]}***{shown[-4:]}. You can find your API key at ...",
                    code="invalid_api_key",
                )
            limits = call_limit.take(self.state) if request.method == "POST" else {}
            if limits is None:
                return call_limit.refusal(self.state)
            response = await handler(request)
            response.headers["x-request-id"] = f"req_{uuid.uuid4().hex}"
            if response.status_code == 200:
                response.headers.update({**limits, **self.state.settings["rate_headers"]})
            return response

        return checked

    def known_models(self) -> list[str]:
        """Names of the models that this service offers."""
        return [*_models(), *self.state.settings["extra_models"]]

    async def models(self, request: Request) -> Response:
        """The list of models."""
        return JSONResponse({"object": "list", "data": [_model(name) for name in self.known_models()]})

    async def model(self, request: Request) -> Response:
        """One model."""
        name = request.path_params["id"]
        return JSONResponse(_model(name)) if name in self.known_models() else no_model(name)

    async def responses(self, request: Request) -> Response:
        """``POST /v1/responses``."""
        body = await request.json()
        refused = self._refused(body, _parameters("responses"), body.get("input"))
        if refused:
            return refused
        form = (body.get("text") or {}).get("format") or {}
        prompt = "\n".join((body.get("instructions") or "", *_texts(body["input"])))
        asked = _asked(form.get("name"), form.get("schema"), prompt, body.get("max_output_tokens"))
        bad = self._schema_problem(form, form.get("name"), "text.format.schema")
        if bad:
            return bad
        output = await self._said(request, asked)
        return JSONResponse(_response(body, asked, output, self._bill("responses", body, asked, output)))

    async def chat(self, request: Request) -> Response:
        """``POST /v1/chat/completions``."""
        body = await request.json()
        refused = self._refused(body, _parameters("chat"), body.get("messages"))
        if refused:
            return refused
        form = (body.get("response_format") or {}).get("json_schema") or {}
        most = body.get("max_completion_tokens") or body.get("max_tokens")
        asked = _asked(form.get("name"), form.get("schema"), "\n".join(_texts(body["messages"])), most)
        bad = self._schema_problem({**form, "type": "json_schema"} if form else {}, form.get("name"), "response_format")
        if bad:
            return bad
        output = await self._said(request, asked)
        return JSONResponse(_completion(body, output, self._bill("chat", body, asked, output)))

    def _refused(self, body: dict[str, Any], allowed: frozenset[str], spoken: Any) -> Response | None:
        unknown = sorted(set(body) - allowed)
        if unknown:
            return error(400, f"Unknown parameter: '{unknown[0]}'.", code="unknown_parameter", param=unknown[0])
        if not body.get("model"):
            return error(400, "Missing required parameter: 'model'.", code="missing_required_parameter")
        if not spoken:
            return error(400, "Missing required parameter: 'input'.", code="missing_required_parameter")
        return None if body["model"] in self.known_models() else no_model(body["model"])

    def _schema_problem(self, form: dict[str, Any], name: str | None, param: str) -> Response | None:
        if form.get("type") != "json_schema":
            return None
        problem = problem_of(form.get("schema")) if form.get("strict") else None
        if not name:
            return error(400, f"Missing required parameter: '{param}.name'.", code="missing_required_parameter")
        if problem:
            message = f"Invalid schema for response_format '{name}': {problem}"
            return error(400, message, code="invalid_json_schema", param=param)
        return None

    async def _said(self, request: Request, asked: Asked) -> Output:
        """The model's output after its delay, with the scheduled content fault if there is one."""
        await self._think()
        value = analysis.answer(asked.name, asked.schema, asked.prompt)
        value = {"answer": {asked.name: value}} if asked.shared else value
        text = json.dumps(value, ensure_ascii=False)
        fault = self.state.faults.take("POST", request.url.path, asked.name, CONTENT, asked.prompt)
        if fault is not None:
            spoiled = {
                "refusal": Output(refusal="I'm sorry, I cannot assist with that request."),
                "truncated": Output(text[: len(text) // 2], end="length"),
                "filtered": Output(text[: len(text) // 2], end="filtered"),
                "failed": Output(end="failed"),
                "invented": Output(json.dumps(analysis.invented(value))),
                "not_json": Output("Sure! Here is what I found in your meeting."),
                "wrong_shape": Output('{"answer": 42}'),
                "empty": Output(""),
            }
            return spoiled.get(fault.kind) or Output(str(fault.more.get("text", "")))
        if asked.most_tokens and tokens(text) > asked.most_tokens:
            return Output(text[: asked.most_tokens * CHARACTERS_PER_TOKEN], end="length")
        return Output(text)

    async def _think(self) -> None:
        """Wait for as long as the settings say now: a test that shortens the delay ends the calls that wait."""
        began = time.monotonic()
        while (left := began + self.state.settings["llm_seconds"] - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _LOOK_SECONDS))

    def _bill(self, api: str, body: dict[str, Any], asked: Asked, output: Output) -> Used:
        form = body.get("text") or body.get("response_format") or ""
        used = Used(
            tokens(asked.prompt + json.dumps(form)),
            tokens(output.text or output.refusal or ""),
            *self._cached(body, form),
        )
        self.state.ledger.llm_calls.append(
            {
                "api": api,
                "insight": asked.name,
                "model": body["model"],
                "store": body.get("store"),
                "input_tokens": used.input,
                "cached_tokens": used.cached,
                "written_tokens": used.written,
                "output_tokens": used.output,
                "prompt": asked.prompt,
                "request": body,
                "time": time.time(),
            }
        )
        return used

    def _cached(self, body: dict[str, Any], form: Any) -> tuple[int, int]:
        """Tokens read from the cache and written to it: of beginnings of at least 1,024 that end at a breakpoint."""
        read = written = 0
        before = json.dumps([body["model"], form, body.get("prompt_cache_key"), body.get("instructions")])
        length = tokens((body.get("instructions") or "") + json.dumps(form))
        for message in body.get("input") or body.get("messages") or ():
            content = message.get("content") if isinstance(message, dict) else None
            for part in content if isinstance(content, list) else [{"text": content or ""}]:
                before += json.dumps(part)
                length += tokens(part.get("text") or "")
                if "prompt_cache_breakpoint" not in part or length < CACHED_TOKENS:
                    continue
                if before in self.state.cached:
                    read = length
                else:
                    self.state.cached.add(before)
                    written = length - read
        return read, written


def _asked(name: str | None, schema: dict[str, Any] | None, prompt: str, most: int | None) -> Asked:
    """The request. If the schema allows the answers of several insights, the prompt says which one is wanted."""
    found = ONE_OF_MANY.findall(prompt)
    branches = ((schema or {}).get("properties", {}).get("answer") or {}).get("anyOf") or ()
    for branch in branches:
        if found and found[-1] in branch.get("properties", {}):
            return Asked(found[-1], branch["properties"][found[-1]], prompt, most, shared=True)
    return Asked(name, schema, prompt, most)


def tokens(text: str) -> int:
    """A rough count; deterministic for the same text."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _response(body: dict[str, Any], asked: Asked, output: Output, used: Used) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "output_text", "text": output.text, "annotations": [], "logprobs": []}
    if output.refusal is not None:
        said = {"type": "refusal", "refusal": output.refusal}
    status = {"completed": "completed", "failed": "failed"}.get(output.end, "incomplete")
    reason = {"length": "max_output_tokens", "filtered": "content_filter"}.get(output.end)
    message: dict[str, Any] = {
        "id": f"msg_{uuid.uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "status": "completed" if status == "completed" else "incomplete",
        "content": [said],
    }
    failure = {"code": "server_error", "message": "The model failed to generate a response."}
    return {
        "id": f"resp_{uuid.uuid4().hex}", "object": "response", "created_at": int(time.time()),
        "model": body["model"], "status": status, "error": failure if status == "failed" else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "instructions": body.get("instructions"), "max_output_tokens": body.get("max_output_tokens"),
        "output": [] if status == "failed" else [message], "parallel_tool_calls": True,
        "previous_response_id": None, "store": body.get("store", True), "temperature": 1.0, "top_p": 1.0,
        "text": body.get("text") or {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [],
        "truncation": "disabled", "metadata": {}, "service_tier": "default",
        "usage": {
            "input_tokens": used.input,
            "input_tokens_details": {"cached_tokens": used.cached, "cache_write_tokens": used.written},
            "output_tokens": used.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": used.input + used.output,
        },
    }  # fmt: skip


def _completion(body: dict[str, Any], output: Output, used: Used) -> dict[str, Any]:
    finish = {"length": "length", "filtered": "content_filter"}.get(output.end, "stop")
    content = None if output.refusal is not None else output.text
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": output.refusal, "annotations": []}
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [{"index": 0, "finish_reason": finish, "logprobs": None, "message": message}],
        "service_tier": "default",
        "usage": {
            "prompt_tokens": used.input,
            "completion_tokens": used.output,
            "total_tokens": used.input + used.output,
            "prompt_tokens_details": {
                "cached_tokens": used.cached,
                "cache_write_tokens": used.written,
                "audio_tokens": 0,
            },
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
    }


def _texts(messages: Any) -> list[str]:
    """All text of an input, in any of its forms."""
    if isinstance(messages, str):
        return [messages]
    found: list[str] = []
    for message in messages:
        content = message.get("content") or ""
        parts = [content] if isinstance(content, str) else [part.get("text", "") for part in content]
        found += parts
    return found


@cache
def _parameters(api: str) -> frozenset[str]:
    """The parameters that the installed SDK knows. One that it cannot send is an error."""
    from openai.types.chat import completion_create_params
    from openai.types.responses import response_create_params

    if api == "chat":
        return frozenset(completion_create_params.CompletionCreateParamsNonStreaming.__annotations__)
    return frozenset(response_create_params.ResponseCreateParamsNonStreaming.__annotations__)


@cache
def _models() -> tuple[str, ...]:
    from openai.types.shared import ChatModel

    return get_args(ChatModel)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_780_000_000, "owned_by": "loopback"}


def no_model(name: str) -> JSONResponse:
    message = f"The model `{name}` does not exist or you do not have access to it."
    return error(404, message, code="model_not_found")


def error(status: int, message: str, *, code: str | None = None, param: str | None = None) -> JSONResponse:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return JSONResponse({"error": error}, status_code=status)

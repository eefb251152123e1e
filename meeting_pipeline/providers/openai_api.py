"""One call to an OpenAI-compatible server through the real SDK, and its response: classified, but not yet parsed.

Belongs here: the two APIs (``responses``, ``chat``). Must not go here: the client (``openai_client.py``), what a call is
(``openai_calls.py``), reading a response (``openai_replies.py``), prompts (``insights/``), splitting and merging
(``openai.py``).
"""

import json
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.compatible_server import is_openai
from meeting_pipeline.providers.http_errors import limited
from meeting_pipeline.providers.openai_calls import Question, Reply
from meeting_pipeline.providers.openai_client import openai_client
from meeting_pipeline.providers.openai_errors import not_the_api, parsed, refuses_schemas, translated
from meeting_pipeline.providers.openai_limits import limits_in
from meeting_pipeline.providers.openai_replies import Read, completion_of, response_of
from meeting_pipeline.providers.openai_shared import has_breakpoints
from meeting_pipeline.providers.token_prices import price_of_call
from meeting_pipeline.settings import Settings

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionContentPartTextParam
    from openai.types.responses import ResponseInputContentParam, ResponseInputTextParam
    from openai.types.shared_params import ReasoningEffort

T = TypeVar("T")


class OpenAIApi:
    """An SDK client, created on first use and shared by threads. The SDK's retries are off: the run owns them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: OpenAI | None = None
        self._takes_schemas = True

    def ask(self, question: Question) -> Reply:
        """Make one call. Raises: ProviderUnavailable, ProviderRefused, OperatorError; see ``Reply.problem``."""
        ask = self._ask_chat if self._settings.openai_api == "chat" else self._ask_responses
        return self._guarded(lambda client: ask(client, question))

    def models(self) -> set[str]:
        """Return the ids of the models that the server lists. Raises the same errors as ``ask``."""
        return self._guarded(lambda client: {str(model.id) for model in client.models.list().data or ()})

    def has_model(self) -> bool:
        """Look up the configured model by name: some servers serve models that they do not list."""
        try:
            self._guarded(lambda client: client.models.retrieve(self._settings.openai_model))
        except OperatorError as error:
            if error.code == "openai_model_unknown":
                return False
            raise
        return True

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _guarded(self, call: "Callable[[OpenAI], T]") -> T:
        client = self._connected()
        try:
            return limited(shared_policies.CALL_SECONDS, lambda: call(client))
        except Exception as error:  # noqa: BLE001 - what is not the SDK's is raised again by translated()
            # ``from None``: the SDK's exceptions contain the server's text, which can echo the key or the transcript.
            raise translated(error, self._settings.openai_model) from None

    def _connected(self) -> "OpenAI":
        with self._lock:
            if self._client is None:
                self._client = _client(self._settings)
            return self._client

    def _ask_responses(self, client: "OpenAI", question: Question) -> Reply:
        from openai import omit

        raw = client.responses.with_raw_response.create(
            model=self._settings.openai_model,
            instructions=question.instructions,
            input=[{"role": "user", "content": self._parts(question)}] if question.cached else _whole(question),
            text={
                "format": {
                    "type": "json_schema",
                    "name": question.name,
                    "strict": True,
                    "schema": question.schema,
                }
            },
            max_output_tokens=policies.INSIGHT_OUTPUT_TOKENS,
            reasoning=omit if self._effort is None else {"effort": self._effort},
            service_tier=omit if self._settings.openai_service_tier is None else self._settings.openai_service_tier,
            prompt_cache_key=question.beginning if question.cached else omit,
            prompt_cache_options={"mode": "explicit"} if question.cached and self._explicit else omit,
            store=False,
        )
        return self._reply(response_of(_body(raw)), raw.headers)

    def _ask_chat(self, client: "OpenAI", question: Question) -> Reply:
        """A server that refuses strict schemas gets the schema in words from then on. A refusal costs nothing."""
        from openai import APIStatusError

        if self._takes_schemas:
            try:
                return self._chat(client, question, strict=True)
            except APIStatusError as error:
                if not refuses_schemas(error):
                    raise
                self._takes_schemas = False
        return self._chat(client, question, strict=False)

    def _chat(self, client: "OpenAI", question: Question, *, strict: bool) -> Reply:
        from openai import omit

        openai = is_openai(self._settings.openai_base_url)
        # Some compatible servers ignore the format without a word: the schema is in the instructions too.
        told = (
            ""
            if (strict and openai) or question.cached
            else f"\nSchema of the answer:\n{json.dumps(question.schema, ensure_ascii=False)}\n"
        )
        raw = client.chat.completions.with_raw_response.create(
            model=self._settings.openai_model,
            messages=[
                {"role": "system", "content": question.instructions + told},
                {"role": "user", "content": self._chat_parts(question) if question.cached else _whole(question)},
            ],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": question.name, "strict": True, "schema": question.schema},
            }
            if strict
            else omit,
            # Compatible servers may refuse unknown fields.
            reasoning_effort=omit if self._effort is None else self._effort,
            service_tier=omit if self._settings.openai_service_tier is None else self._settings.openai_service_tier,
            prompt_cache_key=question.beginning if question.cached else omit,
            prompt_cache_options={"mode": "explicit"} if question.cached and self._explicit else omit,
            store=False if openai else omit,
        )
        return self._reply(completion_of(_body(raw)), raw.headers)

    @property
    def _effort(self) -> "ReasoningEffort | None":
        return self._settings.openai_reasoning_effort

    @property
    def _explicit(self) -> bool:
        return has_breakpoints(self._settings.openai_model)

    def _parts(self, question: Question) -> "list[ResponseInputContentParam]":
        """The input in two parts. What is cached ends with the first one."""
        first: ResponseInputTextParam = {"type": "input_text", "text": question.shared}
        if self._explicit:
            first["prompt_cache_breakpoint"] = {"mode": "explicit"}
        return [first, {"type": "input_text", "text": question.content}]

    def _chat_parts(self, question: Question) -> "list[ChatCompletionContentPartParam]":
        first: ChatCompletionContentPartTextParam = {"type": "text", "text": question.shared}
        if self._explicit:
            first["prompt_cache_breakpoint"] = {"mode": "explicit"}
        return [first, {"type": "text", "text": question.content}]

    def _reply(self, found: Read, headers: Mapping[str, str]) -> Reply:
        model = found.model or self._settings.openai_model
        counts = found.counts
        price = price_of_call(self._settings, model, counts.tier)
        usage = Usage(
            calls=1,
            input_tokens=counts.given,
            cached_tokens=counts.cached,
            cache_write_tokens=counts.written,
            output_tokens=counts.made,
            cost_usd=price.usd(counts) if price is not None else 0.0,
            unpriced_calls=0 if price is not None else 1,
        )
        return Reply(found.text, model, usage, found.problem, limits_in(headers))


def _client(settings: Settings) -> "OpenAI":
    """Raises: OperatorError ``openai_key_missing``, ``openai_key_refused``, ``bad_setting``, ``bad_environment``."""
    if settings.openai_api_key is None:
        raise OperatorError("openai_key_missing", "OPENAI_API_KEY is not set.", "Set it.")
    return openai_client(
        settings.openai_api_key.get_secret_value(),
        settings.openai_base_url,
        variable="OPENAI_BASE_URL",
        seconds=shared_policies.CALL_SECONDS,
    )


def _body(raw: Any) -> dict[str, Any]:
    """The JSON object of a response, unchecked. Raises: AnswerLost if there is none."""
    body = parsed(raw.content)
    if not isinstance(body, dict):
        raise not_the_api()
    return body


def _whole(question: Question) -> str:
    return question.shared + question.content

"""One call to an OpenAI-compatible server through the real SDK, and its response: classified, but not yet parsed.

Belongs here: the client, the two APIs (``responses``, ``chat``), reading status, text and usage of a response.
Must not go here: prompts (``insights/``), splitting and merging (``openai.py``).
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.rate_limits import RateLimits
from meeting_pipeline.foundation.http_environment import transport
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.http_errors import limited, require_sendable_key
from meeting_pipeline.providers.openai_errors import not_the_api, of_failed_response, translated, unavailable
from meeting_pipeline.providers.openai_limits import limits_in
from meeting_pipeline.providers.openai_shared import has_breakpoints
from meeting_pipeline.settings import Settings

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionContentPartTextParam
    from openai.types.responses import ResponseInputContentParam, ResponseInputTextParam
    from openai.types.shared_params import ReasoningEffort

T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """One call. ``name`` is the insight, ``schema`` the response's strict schema; the three texts are sent in this order.

    ``shared``: what other questions about the same transcript begin with too. ``cached``: the provider is to cache it.
    ``alone``: no other question begins like this one.
    """

    name: str
    schema: dict[str, Any]
    instructions: str
    shared: str
    content: str
    cached: bool = False
    alone: bool = False

    @property
    def beginning(self) -> str:
        """Identifies what calls of the same model must share to use the same cache."""
        return hash_json([self.name, self.schema, self.instructions, self.shared])


@dataclass(frozen=True)
class Reply:
    """The response and its cost. ``problem`` is set if the response cannot be used; ``limits`` are those in its headers."""

    text: str
    model: str
    usage: Usage
    problem: PipelineError | None = None
    limits: RateLimits | None = None

    @property
    def billed(self) -> bool:
        """Whether it is billed: a response always is, usable or not; a failure only if it counted tokens."""
        counted = self.usage.input_tokens + self.usage.output_tokens > 0
        return counted or self.problem is None or isinstance(self.problem, BadAnswer)


class OpenAIApi:
    """An SDK client, created on first use and shared by threads. The SDK's retries are off: the run owns them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: OpenAI | None = None

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
        from openai.types.responses import Response

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
            prompt_cache_key=question.beginning if question.cached else omit,
            prompt_cache_options={"mode": "explicit"} if question.cached and self._explicit else omit,
            store=False,
        )
        response = raw.parse()
        if not isinstance(response, Response):
            raise not_the_api()
        parts = [
            part
            for item in response.output or ()
            if getattr(item, "type", None) == "message"
            for part in getattr(item, "content", None) or ()
        ]
        text = "".join(
            getattr(part, "text", None) or "" for part in parts if getattr(part, "type", None) == "output_text"
        )
        counts = response.usage
        usage = self._usage(
            getattr(counts, "input_tokens", 0),
            getattr(getattr(counts, "input_tokens_details", None), "cached_tokens", 0),
            getattr(counts, "output_tokens", 0),
        )
        refused = any(getattr(part, "type", None) == "refusal" for part in parts)
        problem = _problem_of_response(response, text, refused)
        return Reply(text, self._model(response.model), usage, problem, limits_in(raw.headers))

    def _ask_chat(self, client: "OpenAI", question: Question) -> Reply:
        from openai import omit
        from openai.types.chat import ChatCompletion

        raw = client.chat.completions.with_raw_response.create(
            model=self._settings.openai_model,
            messages=[
                {"role": "system", "content": question.instructions},
                {"role": "user", "content": self._chat_parts(question) if question.cached else _whole(question)},
            ],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": question.name, "strict": True, "schema": question.schema},
            },
            # Compatible servers may refuse unknown fields.
            reasoning_effort=omit if self._effort is None else self._effort,
            prompt_cache_key=question.beginning if question.cached else omit,
            prompt_cache_options={"mode": "explicit"} if question.cached and self._explicit else omit,
            store=False if is_openai(self._settings.openai_base_url) else omit,
        )
        completion = raw.parse()
        if not isinstance(completion, ChatCompletion):
            raise not_the_api()
        counts = completion.usage
        usage = self._usage(
            getattr(counts, "prompt_tokens", 0),
            getattr(getattr(counts, "prompt_tokens_details", None), "cached_tokens", 0),
            getattr(counts, "completion_tokens", 0),
        )
        choice = completion.choices[0] if completion.choices else None
        message = getattr(choice, "message", None)
        text = getattr(message, "content", None) or ""
        problem = _problem(
            text,
            refused=bool(getattr(message, "refusal", None)),
            cut_off=getattr(choice, "finish_reason", None) == "length",
            filtered=getattr(choice, "finish_reason", None) == "content_filter",
        )
        return Reply(text, self._model(completion.model), usage, problem, limits_in(raw.headers))

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

    def _model(self, told: object) -> str:
        return told if isinstance(told, str) and told else self._settings.openai_model

    def _usage(self, given: object, cached: object, made: object) -> Usage:
        """Return one call's usage with its cost. Counts that a compatible server leaves out are 0."""
        per_input, per_cached, per_output = self._settings.openai_usd_per_million
        tokens = _count(given)
        reused = min(_count(cached), tokens)
        output = _count(made)
        cost = ((tokens - reused) * per_input + reused * per_cached + output * per_output) / 1_000_000
        return Usage(calls=1, input_tokens=tokens, cached_tokens=reused, output_tokens=output, cost_usd=cost)


def _client(settings: Settings) -> "OpenAI":
    """Raises: OperatorError ``openai_key_missing``, ``openai_key_refused``, ``bad_setting``, ``bad_environment``."""
    import httpx2
    from openai import DefaultHttpx2Client, OpenAI

    if settings.openai_api_key is None:
        raise OperatorError("openai_key_missing", "OPENAI_API_KEY is not set.", "Set it.")
    key = settings.openai_api_key.get_secret_value()
    require_sendable_key("openai", key)
    try:
        address = httpx2.URL(settings.openai_base_url)
    except (httpx2.InvalidURL, ValueError) as error:  # only parses the address; ValueError: an invalid port or host
        raise OperatorError("bad_setting", "OPENAI_BASE_URL is not an address.", "Correct it.") from error
    way = transport(str(address))
    # With OPENAI_LOG set to debug, the SDK logs what it sends: transcripts.
    logging.getLogger("openai").setLevel(logging.WARNING)
    client = OpenAI(
        api_key=key,
        base_url=address,
        max_retries=0,
        timeout=httpx2.Timeout(shared_policies.CALL_SECONDS, connect=policies.PROVIDER_CONNECT_SECONDS),
        http_client=DefaultHttpx2Client(
            trust_env=False,
            verify=way.tls,
            proxy=None if way.proxy is None else httpx2.Proxy(str(way.proxy), ssl_context=way.proxy_tls),
            follow_redirects=False,
        ),
    )
    # By default the SDK reads these from the environment, where they belong to other programs.
    client.organization = None
    client.project = None
    client.admin_api_key = None
    client._custom_headers = {}  # OPENAI_CUSTOM_HEADERS; there is no public way to ignore it
    return client


def _problem_of_response(response: Any, text: str, refused: bool) -> PipelineError | None:
    if response.status == "failed":
        return of_failed_response(getattr(response.error, "code", None))
    if response.status in ("queued", "in_progress", "cancelled"):
        return unavailable("provider_unavailable", f"OpenAI gave no answer (status {response.status}).")
    reason = getattr(response.incomplete_details, "reason", None)
    incomplete = response.status == "incomplete"
    filtered = incomplete and reason == "content_filter"
    return _problem(text, refused=refused, cut_off=incomplete and not filtered, filtered=filtered)


def _problem(text: object, *, refused: bool, cut_off: bool, filtered: bool) -> BadAnswer | None:
    again = "It is retried."
    if refused:
        return BadAnswer("refused", "The model refused to answer.", again)
    if filtered:
        return BadAnswer("filtered", "A content filter stopped the model's answer.", again)
    if cut_off:
        return BadAnswer(
            "cut_off",
            "The model's answer was cut off before its end.",
            "It is retried; if this happens often, lower OPENAI_INPUT_TOKENS, so that each call has less to report.",
        )
    if not isinstance(text, str) or not text.strip():
        return BadAnswer("invalid_answer", "The model's answer is empty.", again)
    return None


def _count(value: object) -> int:
    """Return the server's token count; 0 if it is missing or impossible for one call."""
    return value if isinstance(value, int) and 0 < value <= policies.CALL_TOKENS else 0


def _whole(question: Question) -> str:
    return question.shared + question.content


def is_openai(base_url: str) -> bool:
    """Whether this is OpenAI's own address."""
    host = urlsplit(base_url).hostname or ""
    return host == "openai.com" or host.endswith(".openai.com")

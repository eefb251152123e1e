"""Reads the JSON body of a response: status, text, model and counts, whatever type a server gives a field.

Works on plain JSON and not on the SDK's objects, which hold unchecked values: a value of an unexpected type counts as missing.
Must not go here: requests (``openai_api.py``), the JSON that a model writes (``insights/``), prices (``token_prices.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meeting_pipeline.domain.errors import AnswerRefused, BadAnswer, PipelineError
from meeting_pipeline.insights.refusals import refused
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.openai_errors import of_failed_response, unavailable


@dataclass(frozen=True)
class Counts:
    """The tokens of one call, as the server counts them. ``cached`` and ``written`` are parts of ``given``.

    ``tier``: the service tier that the server used, such as ``flex``; empty if it does not say.
    """

    given: int = 0
    cached: int = 0
    written: int = 0
    made: int = 0
    tier: str = ""


@dataclass(frozen=True)
class Read:
    """A response. ``model`` is empty if the server does not name it. ``problem``: why it cannot be used."""

    text: str
    model: str
    counts: Counts
    problem: PipelineError | None


def response_of(body: Mapping[str, Any]) -> Read:
    """Read a body of ``/v1/responses``."""
    messages = [one for one in _list(body.get("output")) if _word(one, "type") == "message"]
    parts = [part for message in messages for part in _parts(message.get("content"))]
    text = _joined(parts)
    status = _word(body, "status")
    problem: PipelineError | None
    if status == "failed":
        problem = of_failed_response(_word(_dict(body.get("error")), "code"))
    elif status in ("queued", "in_progress", "cancelled"):
        problem = unavailable("provider_unavailable", f"OpenAI gave no answer (status {status}).")
    else:
        incomplete = status == "incomplete"
        filtered = incomplete and _word(_dict(body.get("incomplete_details")), "reason") == "content_filter"
        problem = _problem(text, _refuses(parts), cut_off=incomplete and not filtered, filtered=filtered)
    used = _dict(body.get("usage"))
    counts = _counts(used, "input_tokens", "output_tokens", "input_tokens_details", _word(body, "service_tier"))
    return Read(text, _word(body, "model"), counts, problem)


def completion_of(body: Mapping[str, Any]) -> Read:
    """Read a body of ``/v1/chat/completions``."""
    choices = _list(body.get("choices"))
    choice = choices[0] if choices else {}
    message = _dict(choice.get("message"))
    parts = _parts(message.get("content"))
    text, end = _joined(parts), _word(choice, "finish_reason")
    refuses = bool(_word(message, "refusal")) or _refuses(parts)
    problem = _problem(text, refuses, cut_off=end == "length", filtered=end == "content_filter")
    used = _dict(body.get("usage"))
    tier = _word(body, "service_tier")
    counts = _counts(used, "prompt_tokens", "completion_tokens", "prompt_tokens_details", tier)
    return Read(text, _word(body, "model"), counts, problem)


def text_of(content: object) -> str:
    """The text of a message's ``content``: a text, or a list of parts, of which thoughts and images are not text."""
    return _joined(_parts(content))


def _problem(text: str, refuses: bool, *, cut_off: bool, filtered: bool) -> BadAnswer | None:
    if refuses:
        return refused()
    if filtered:
        return AnswerRefused(
            "filtered",
            "A content filter stopped the model's answer.",
            "The same text is not sent again automatically. Reprocess the recording to ask once more, or use another model.",
        )
    if cut_off:
        return BadAnswer(
            "cut_off",
            "The model's answer was cut off before its end.",
            "If this happens often, lower OPENAI_INPUT_TOKENS, so that each call has less to report.",
        )
    if not text.strip():
        return BadAnswer("invalid_answer", "The model's answer is empty.", "If this happens often, use another model.")
    return None


def _parts(content: object) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return _list([content] if isinstance(content, dict) else content, texts=True)


def _joined(parts: list[dict[str, Any]]) -> str:
    return "".join(_word(part, "text") for part in parts if _word(part, "type") in ("text", "output_text"))


def _refuses(parts: list[dict[str, Any]]) -> bool:
    return any(_word(part, "type") == "refusal" for part in parts)


def _counts(used: dict[str, Any], given: str, made: str, details: str, tier: str) -> Counts:
    """Counts that a server leaves out are 0. No part of the input is larger than the input."""
    tokens, detail = _count(used.get(given)), _dict(used.get(details))
    cached = min(_count(detail.get("cached_tokens")), tokens)
    written = min(_count(detail.get("cache_write_tokens")), tokens - cached)
    return Counts(tokens, cached, written, _count(used.get(made)), tier)


def _count(value: object) -> int:
    """The server's token count; 0 if it is missing or impossible for one call."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value <= policies.CALL_TOKENS else 0  # type: ignore[operator,return-value]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object, *, texts: bool = False) -> list[dict[str, Any]]:
    """The objects of a list; ``texts``: and the texts in it, as text parts."""
    found = value if isinstance(value, list) else []
    taken = ({"type": "text", "text": one} if texts and isinstance(one, str) else one for one in found)
    return [one for one in taken if isinstance(one, dict)]


def _word(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""

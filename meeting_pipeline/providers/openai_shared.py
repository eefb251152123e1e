"""One prompt prefix for all calls about a transcript, so that the provider reads it once and caches it.

OpenAI caches a prefix of at least ``policies.CACHED_TOKENS`` tokens. Instructions and transcript are the same in all calls; the
schema of the answer is part of the prefix, so one schema holds the answers of all insights, and the question says which one is
requested. From GPT-5.6 on, a cache write costs more than plain input and happens only where the request says (an explicit
breakpoint after the transcript); older models write automatically and free of charge.
Source: https://developers.openai.com/api/docs/guides/prompt-caching, and the docstrings of the SDK.
Must not go here: requests (``openai_api.py``), waiting for the first call (``openai_first_calls.py``).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from meeting_pipeline.domain.strict_json import BadJson, strict_json

NAME: Final = "insight"
"""Name of the shared schema."""
_ANSWER: Final = "answer"
_GENERATION: Final = re.compile(r"gpt-(\d{1,3})(?:\.(\d{1,3}))?(?![\d.])")
_FIRST_EXPLICIT: Final = (5, 6)


def shared_schema(schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The schema of ``{"answer": {NAME: ...}}``, where NAME is one of the insights and holds its answer."""
    return _object(_ANSWER, {"anyOf": [_object(name, schema) for name, schema in schemas.items()]})


def form_hint(name: str) -> str:
    """What the question says about the form of its answer."""
    return f"Answer under the key `{name}` of `{_ANSWER}`.\n"


def unwrapped(text: str, name: str) -> str:
    """The answer of one insight out of the shared form; any other text as it is."""
    try:
        value = strict_json(text)
    except BadJson:
        return text
    if not isinstance(value, dict) or set(value) != {_ANSWER} or not isinstance(value[_ANSWER], dict):
        return text
    inner = value[_ANSWER]
    if set(inner) == {name} and isinstance(inner[name], dict):
        inner = inner[name]
    return json.dumps(inner, ensure_ascii=False)


def has_breakpoints(model: str) -> bool:
    """Whether the model caches at explicit breakpoints: GPT-5.6 and later."""
    found = _GENERATION.match(model)
    return found is not None and (int(found[1]), int(found[2] or 0)) >= _FIRST_EXPLICIT


def _object(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: schema}, "required": [name], "additionalProperties": False}

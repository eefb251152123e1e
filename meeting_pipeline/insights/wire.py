"""Wire models: the shape of a model's raw answer, and the strict JSON schema that requests it.

Belongs here: the base class of wire models and its two directions (schema out, answer in). Must not go here: rules
about what an answer means; those are in the file of the insight.
"""

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.strict_json import BadJson, strict_json


class Wire(BaseModel):
    """Base of wire models. Every field is required; an optional value has the type ``X | None``.

    Strict mode of structured outputs rejects defaults, ``oneOf``, open objects and length bounds, so a wire model
    contains only lists, scalars and other wire models. The insight checks bounds afterwards.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


Shape = TypeVar("Shape", bound=Wire)


def strict_schema(model: type[Wire]) -> dict[str, Any]:
    """JSON schema of a wire model in the form that strict mode accepts: no ``$ref``, no titles, no descriptions."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return plain(definitions[node["$ref"].rsplit("/", 1)[1]])
        kept = {key: value for key, value in node.items() if key not in ("title", "description")}
        if "properties" in kept:
            # A field may itself be called "title" or "description": names are kept, values are cleaned.
            kept["properties"] = {name: plain(value) for name, value in kept["properties"].items()}
        return {key: value if key == "properties" else plain(value) for key, value in kept.items()}

    cleaned: dict[str, Any] = plain(schema)
    return cleaned


def read_answer(model: type[Shape], text: str) -> Shape:
    """Parse a raw answer.

    Raises: BadAnswer ``invalid_answer`` (not JSON, ambiguous JSON such as a duplicate key, or not the requested shape).
    The message names places in the answer, never its text.
    """
    try:
        strict_json(text)  # for a duplicate key, pydantic would silently use the last value
    except BadJson:
        raise _invalid("the answer: it is not valid, unambiguous JSON") from None
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the answer"
        # Deliberately not chained: the validation error contains parts of the answer.
        raise _invalid(f"{place}: {first['type']}") from None


def _invalid(why: str) -> BadAnswer:
    return BadAnswer(
        "invalid_answer",
        f"The model's answer does not match the requested schema ({why}).",
        "It is retried; if this happens often, use a model that supports structured outputs.",
    )


def canonical(schema: dict[str, Any]) -> str:
    """The schema as text, independent of the order of its keys."""
    return json.dumps(schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

"""Wire models: the shape of a model's raw answer, and the strict JSON schema that requests it.

Belongs here: the base class of wire models and its two directions (schema out, answer in). Must not go here: how other forms are
read (``answer_text.py``, ``answer_shape.py``), rules about what an answer means; those are in the file of the insight.
"""

import json
import logging
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.insights.answer_shape import Left, fitted
from meeting_pipeline.insights.answer_text import readings, without_thoughts
from meeting_pipeline.insights.answer_values import Misfit
from meeting_pipeline.insights.refusals import is_refusal, refused

_log = logging.getLogger(__name__)


class Wire(BaseModel):
    """Base of wire models. Every field is required; an optional value has the type ``X | None``.

    Strict mode of structured outputs rejects defaults, ``oneOf``, open objects and length bounds, so a wire model
    contains only lists, scalars and other wire models. The insight checks bounds afterwards.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def adapted(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Another form of the answer that means the same, in this form; ``value`` itself if there is none."""
        return value


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
    """Read a raw answer as far as its meaning is certain; raises what ``read_entries`` raises."""
    return read_entries(model, text)[0]


def read_entries(model: type[Shape], text: str) -> tuple[Shape, tuple[str, ...]]:
    """The same, with the places of the entries that cannot be read and are left out, such as ``action_items.3``.

    See ``answer_text.py`` and ``answer_shape.py``. The number of what is left out is logged.
    Raises: AnswerRefused ``refused``; BadAnswer ``invalid_answer`` (no JSON of the requested shape, or more than one).
    The message names no part of the answer.
    """
    for found in readings(text):
        answers = [answer for value in found.values if (answer := _answer(model, value, whole=found.whole)) is not None]
        read = [answer for answer, left in answers if answer is not None]
        if any(one != read[0] for one in read):
            raise _invalid("it contains several different answers")
        if read:
            left = next(left for answer, left in answers if answer is not None)
            _tell(model, left)
            return read[0], left.places
        if any(left.refusals for _, left in answers):
            raise refused()
    if is_refusal(without_thoughts(text)):
        raise refused()
    raise _invalid("it contains no readable answer of that form")


def _answer(model: type[Shape], value: object, *, whole: bool) -> "tuple[Shape | None, Left] | None":
    """The answer, and what was left out of it; ``None`` if the value was not meant as the answer.

    A list within other text may be a part of a broken answer: if it is empty, it does not say that there is nothing.
    """
    if isinstance(value, list) and not whole and not (value and all(isinstance(one, dict) for one in value)):
        return None
    left = Left()
    fields = fitted(model, value, left)
    if isinstance(fields, Misfit):
        return (None, left) if left.refusals else None
    try:
        return model.model_validate(fields), left
    except ValidationError:  # not chained: the validation error contains parts of the answer
        return None


def _tell(model: type[Wire], left: Left) -> None:
    if left.places:
        _log.warning(
            "%d entries of an answer (%s) could not be read and are left out, %d of them refusals",
            len(left.places),
            model.__name__,
            len(left.refusals),
        )


def _invalid(why: str) -> BadAnswer:
    return BadAnswer(
        "invalid_answer",
        f"The model's answer does not match the requested schema: {why}.",
        "If this happens often, use a model that supports structured outputs.",
    )


def canonical(schema: dict[str, Any]) -> str:
    """The schema as text, independent of the order of its keys."""
    return json.dumps(schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

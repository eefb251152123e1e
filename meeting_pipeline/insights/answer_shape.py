"""Fits a JSON value of a model into the shape of a wire model, entry by entry.

Unambiguous deviations are accepted: an id that is a string, a missing optional value, an unknown key. An entry whose claim
cannot be read is refused alone; evidence that cannot be read counts as missing, so the entry is withheld and not lost. No type
of value raises an exception.
Must not go here: finding the JSON in a text (``answer_text.py``), single values (``answer_values.py``), what an answer means
(the insights).
"""

import json
import re
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

from meeting_pipeline.insights.answer_values import AS, MISFIT, Misfit, choice
from meeting_pipeline.insights.line_prefixes import without_prefixes
from meeting_pipeline.insights.refusals import is_refusal

if TYPE_CHECKING:
    from meeting_pipeline.insights.wire import Wire

_WRAPPERS: Final = frozenset(
    {
        "result",
        "results",
        "response",
        "data",
        "output",
        "answer",
        "arguments",
        "parameters",
        "input",
        "json",
        "function",
    }
)
"""Keys under which servers and models put the answer, also as a call of a tool."""
_DEEPEST_WRAPPER: Final = 3
"""Objects around an answer that are unwrapped: a call of a tool, its arguments, and a name such as ``result``."""
_NO_LETTERS: Final = re.compile(r"[\W_]")


@dataclass
class Left:
    """Places of what was left out, such as ``action_items.3``: ``entries`` that could not be read, ``refusals``."""

    entries: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def places(self) -> tuple[str, ...]:
        """All that was left out."""
        return (*self.entries, *self.refusals)


def fitted(model: "type[Wire]", value: object, left: Left) -> dict[str, Any] | Misfit:
    """The fields of ``model``, ready for validation; ``MISFIT`` if this is not an answer of that shape.

    The first list of a model carries the answer: it must be there, and if it has entries, one of them must be readable.
    """
    value = model.adapted(value) if isinstance(value, dict) else value
    lists = [name for name, kind in model.model_fields.items() if _entry_model(kind.annotation) is not None]
    if isinstance(value, list) and len(model.model_fields) == len(lists) == 1:
        value = {lists[0]: value}
    value = _under_its_names(value, lists) if isinstance(value, dict) else value
    if not isinstance(value, dict) or not lists or lists[0] not in value:
        return MISFIT
    found: dict[str, Any] = {}
    for name in lists:
        entries = _entries(name, _entry_model(model.model_fields[name].annotation), value.get(name), left)
        if isinstance(entries, Misfit):
            if name == lists[0]:
                return MISFIT
            entries = []
        found[name] = entries
    return found


def _under_its_names(value: dict[str, Any], lists: list[str]) -> dict[str, Any]:
    """The answer without what is around it: ``{"result": {...}}``, a call of a tool, and names such as ``actionItems``."""
    for _ in range(_DEEPEST_WRAPPER):
        plain = {_NO_LETTERS.sub("", key).casefold(): key for key in value}
        if len(plain) == len(value):
            value = {**value, **{name: value[key] for name in lists if (key := plain.get(name.replace("_", "")))}}
        if not lists or lists[0] in value:
            return value
        inside = [_unpacked(value[key]) for key in value if key.casefold() in _WRAPPERS]
        held = [one for one in inside if isinstance(one, dict)]
        if len(held) != 1:
            return value
        value = held[0]
    return value


def _unpacked(value: object) -> object:
    """A wrapper's content: a list of one object is that object, and a text may be JSON."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _entry_model(annotation: Any) -> "type[Wire] | None":
    """The wire model of the entries, if this is a list of such."""
    inner = get_args(annotation)[:1] if get_origin(annotation) is list else ()
    return inner[0] if inner and hasattr(inner[0], "model_fields") else None


def _entries(list_name: str, model: "type[Wire] | None", value: object, left: Left) -> list[dict[str, Any]] | Misfit:
    if value is None or model is None:
        return []
    if isinstance(value, dict):  # one entry, or entries by their number
        value = list(value.values()) if value and all(key.isdecimal() for key in value) else [value]
    if not isinstance(value, list):
        return MISFIT
    found: list[dict[str, Any]] = []
    for number, one in enumerate(value):
        entry = _entry(model, one)
        if isinstance(entry, Misfit):
            left.entries.append(f"{list_name}.{number}")
        elif any(is_refusal(text) for name, text in entry.items() if isinstance(text, str) and not _is_quote(name)):
            left.refusals.append(f"{list_name}.{number}")
        else:
            found.append(entry)
    return found if found or not value else MISFIT


def _entry(model: "type[Wire]", value: object) -> dict[str, Any] | Misfit:
    fields = model.model_fields
    if isinstance(value, str):  # a plain text is the claim, if an entry needs nothing else
        needed = [name for name, kind in fields.items() if kind.annotation is str and not _is_evidence(name)]
        value = {needed[0]: value} if len(needed) == 1 else None
    if not isinstance(value, dict):
        return MISFIT
    found: dict[str, Any] = {}
    for name, kind in fields.items():
        given = _field(name, kind.annotation, value.get(name))
        if isinstance(given, Misfit):
            return MISFIT
        found[name] = given
    return found


def _field(name: str, kind: Any, value: object) -> Any:
    if _is_evidence(name):
        evidence = _as(kind, value)
        if isinstance(evidence, str):
            return without_prefixes(evidence)
        return _nothing(kind) if isinstance(evidence, Misfit) else evidence
    return _as(kind, value)


def _is_quote(name: str) -> bool:
    return name == "quote" or name.endswith("_quote")


def _is_evidence(name: str) -> bool:
    return _is_quote(name) or name == "segment_ids" or name.endswith("_segment_ids")


def _nothing(kind: Any) -> Any:
    return [] if get_origin(kind) is list else "" if kind is str else None


def _as(kind: Any, value: object) -> Any:
    """The value as this type; ``MISFIT`` if that is not certain."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        wanted = next((one for one in inner if one is not type(None)), str)
        found = MISFIT if value is None else _as(wanted, value)
        return None if isinstance(found, Misfit) else found
    if origin is list:
        return _list(inner[0], value)
    if origin is Literal:
        return choice(inner, value)
    if hasattr(kind, "model_fields"):  # an entry inside of an entry, such as a citation of a sentence
        return _entry(kind, value)
    return AS[kind](value) if kind in AS else MISFIT


def _list(kind: Any, value: object) -> Any:
    """A list of ids, names or entries; one of them alone is a list of one. Entries without a meaning are left out."""
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    found = [one for one in (_as(kind, given) for given in values) if not isinstance(one, Misfit)]
    return found if found or not values else MISFIT if kind is int else []

"""An answer of which only some entries have the requested shape: the good ones count, whatever is wrong with the others.

Must not go here: what an answer means, whole answers (``wire.py``), asking for the others (``correcting.py``).
"""

import json
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_origin

from pydantic import ValidationError

from meeting_pipeline.domain.strict_json import BadJson, strict_json
from meeting_pipeline.insights.wire import Wire

Shape = TypeVar("Shape", bound=Wire)


@dataclass(frozen=True)
class Broken:
    """An entry that has another shape. ``place`` and ``kind`` say what is wrong, never with words of the answer."""

    place: str
    kind: str


def good_entries(model: type[Shape], text: str) -> tuple[Shape, tuple[Broken, ...]] | None:
    """The answer without the entries that have another shape, and these; ``None`` if it is not an answer of this kind.

    It needs all its lists, nothing else, and at least one good entry.
    """
    lists = {name: _entry_of(field.annotation) for name, field in model.model_fields.items()}
    try:
        value = strict_json(text)
    except BadJson:
        return None
    if not isinstance(value, dict) or not set(lists) <= set(value):
        return None
    kept: dict[str, list[Any]] = {}
    broken: list[Broken] = []
    for name, entry in lists.items():
        if entry is None or not isinstance(value[name], list):
            return None
        kept[name] = []
        for number, one in enumerate(value[name]):
            problem = _problem(entry, one)
            if problem is None:
                kept[name].append(one)
            else:
                broken.append(Broken(f"{name}.{number}{problem.place}", problem.kind))
    if not any(kept.values()):
        return None
    try:
        return model.model_validate_json(json.dumps(kept)), tuple(broken)
    except ValidationError:
        return None


def _entry_of(annotation: Any) -> type[Wire] | None:
    """The wire model of a list's entries; ``None`` if it is no such list."""
    entries = get_args(annotation)
    if get_origin(annotation) is not list or not (isinstance(entries[0], type) and issubclass(entries[0], Wire)):
        return None
    found: type[Wire] = entries[0]
    return found


def _problem(entry: type[Wire], value: Any) -> Broken | None:
    try:
        entry.model_validate_json(json.dumps(value))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        # A key that the model made up is its words: only places of the requested shape are named.
        steps = [str(step) for step in first["loc"] if isinstance(step, int) or step in entry.model_fields]
        return Broken("".join(f".{step}" for step in steps), first["type"])
    return None

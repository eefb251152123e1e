"""What strict structured outputs reject in a JSON schema.

Must not go here: validating responses against a schema.
"""

from __future__ import annotations

from typing import Any

REFUSED = (
    "oneOf", "allOf", "not", "if", "then", "else", "default", "discriminator", "patternProperties", "prefixItems",
    "minLength", "maxLength", "unevaluatedProperties", "propertyNames", "uniqueItems", "contains",
)  # fmt: skip
MAX_DEPTH = 10


def problem_of(schema: Any, where: tuple[str, ...] = ()) -> str | None:
    """The first problem that strict mode would reject, worded as in its error; ``None`` if there is none."""
    if not isinstance(schema, dict):
        return f"In context={where}, the schema must be an object."
    if not where and schema.get("type") != "object":
        return "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{}\"'.".format(schema.get("type"))
    if len(where) > MAX_DEPTH * 3:
        return f"In context={where}, the schema is nested too deeply."
    for word in REFUSED:
        if word in schema:
            return f"In context={where}, '{word}' is not permitted."
    return _object_problem(schema, where) or _inner_problem(schema, where)


def _object_problem(schema: dict[str, Any], where: tuple[str, ...]) -> str | None:
    if schema.get("type") != "object" and "properties" not in schema:
        return None
    if schema.get("additionalProperties") is not False:
        return f"In context={where}, 'additionalProperties' is required to be supplied and to be false."
    missing = [name for name in schema.get("properties", {}) if name not in schema.get("required", [])]
    if missing:
        return f"In context={where}, 'required' is required to include every key in properties. Missing '{missing[0]}'."
    return None


def _inner_problem(schema: dict[str, Any], where: tuple[str, ...]) -> str | None:
    inner: list[tuple[tuple[str, ...], Any]] = []
    for holder in ("properties", "$defs", "definitions"):
        inner += [((*where, holder, name), value) for name, value in schema.get(holder, {}).items()]
    if "items" in schema:
        inner.append(((*where, "items"), schema["items"]))
    inner += [((*where, "anyOf", str(n)), value) for n, value in enumerate(schema.get("anyOf", []))]
    for place, value in inner:
        found = problem_of(value, place)
        if found:
            return found
    return None

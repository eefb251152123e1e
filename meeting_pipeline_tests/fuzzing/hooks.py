"""Schemathesis hooks for this service; schemathesis loads this module itself (``SCHEMATHESIS_HOOKS``).

Belongs here: ids that exist, and the check that every error is a problem document. Must not go here: starting anything.
"""

import json
import os
import random
from typing import Any
from urllib.parse import urlencode

import schemathesis

KNOWN_VARIABLE = "MEETING_PIPELINE_FUZZ_KNOWN"
"""JSON: allowed values of path parameters, by operation or by family (`recordings`, `meetings`, `deliveries`)."""
PROBLEM_FIELDS = {"type": str, "title": str, "status": int, "detail": str, "code": str}
_KNOWN: dict[str, dict[str, list[str]]] = json.loads(os.environ.get(KNOWN_VARIABLE, "{}"))
_SHARE = 0.6
"""Share of generated paths that name something that exists."""
_ADDRESS_BYTES = 48_000
"""The server reads 64 KB, headers included."""
_ENTRIES, _CHARACTERS = 3, 1000
"""In an address that is too long: a character takes up to 12 bytes of it."""
_SPARED = {"deleteRecording": 0.1, "reprocessRecording": 0.1}
"""Smaller shares for operations that would soon delete everything that exists or keep the machine busy with runs."""


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Use existing ids in many requests: without them, every request would end at the first lookup."""
    if path_parameters is None:
        return None
    operation = context.operation.definition.raw["operationId"]
    family = context.operation.path.split("/")[2]
    known = _KNOWN.get(operation) or _KNOWN.get(family) or {}
    dice = random.Random(json.dumps(path_parameters, sort_keys=True, default=str))  # repeatable, as shrinking requires
    if dice.random() >= _SPARED.get(operation, _SHARE):
        return path_parameters
    return {**path_parameters, **{name: dice.choice(known[name]) for name in path_parameters if name in known}}


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """Shorten what would make the address longer than any server reads: the connection is cut while it is being sent."""
    if not query or len(urlencode(query, doseq=True)) < _ADDRESS_BYTES:
        return query
    return {
        name: [str(one)[:_CHARACTERS] for one in value[:_ENTRIES]]
        if isinstance(value, list)
        else str(value)[:_CHARACTERS]
        for name, value in query.items()
    }


@schemathesis.check
def errors_are_problem_documents(context: Any, response: Any, case: Any) -> None:
    """Check that every response of 400 and above is a problem document with all its fields."""
    if response.status_code < 400:
        return
    kind = response.headers.get("content-type", [""])[0]
    assert kind == "application/problem+json", f"an error of {response.status_code} is {kind!r}"
    if case.method == "HEAD":
        return
    document = response.json()
    odd = [name for name, kind in PROBLEM_FIELDS.items() if not isinstance(document.get(name), kind)]
    assert not odd, f"a problem document without {odd}"
    assert document["status"] == response.status_code, "a problem document of another status"

"""Determines whether a GraphQL request only reads, or changes something.

It uses the same parser as Dagster and rewrites the request from what it parsed, so that nothing can mean one thing here and
another in Dagster.
Must not go here: who may change something (``guard.py``).
"""

import json
import re
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

_MEMBERS: Final = ("query", "variables", "operationName")
_START: Final = "start"
"""The type of a frame with an operation (``graphql-ws``, the older of the two protocols)."""
MAX_DOCUMENT_CHARACTERS: Final = 200_000
"""The longest query of Dagster's UI has about 20,000; parsing this many takes about a second."""

MAX_DEPTH: Final = 100
"""Nesting of brackets. The deepest query of Dagster's UI has about 20 levels; the parser is recursive and fails at 160."""
_BRACKETS: Final = re.compile(r"[\[{(\]})]")


class NotOneRequest(ValueError):
    """A body or a query string that is not exactly one GraphQL request."""


def only_reads(document: str) -> bool:
    """Whether every operation of a document is a query, whichever is selected. False if it cannot be parsed."""
    from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

    if len(document) > MAX_DOCUMENT_CHARACTERS:
        return False
    try:
        found = parse(document, no_location=True)
    except (GraphQLError, RecursionError):
        return False
    operations = [node for node in found.definitions if isinstance(node, OperationDefinitionNode)]
    return bool(operations) and all(node.operation is OperationType.QUERY for node in operations)


def json_object(body: bytes) -> dict[str, Any]:
    """The object in a body. Raises: NotOneRequest, also for lone surrogates: no response could repeat them."""
    try:
        found = json.loads(body)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotOneRequest("The body is not JSON.") from error
    if not isinstance(found, dict):
        raise NotOneRequest("The body is not one JSON object.")
    return found


def check_request(found: dict[str, Any]) -> None:
    """Raises: NotOneRequest where the types of a GraphQL request would make Dagster fail."""
    if not isinstance(found.get("query"), str):
        raise NotOneRequest("The body is not one GraphQL request: an object with a text `query`.")
    if _depth(found["query"]) > MAX_DEPTH:
        raise NotOneRequest(f"The query is more than {MAX_DEPTH} brackets deep.")
    if not isinstance(found.get("operationName"), str | None):
        raise NotOneRequest("`operationName` is not a string.")
    variables = found.get("variables")
    if isinstance(variables, str):
        variables = _object_in(variables)
    if not isinstance(variables, dict | None):
        raise NotOneRequest("`variables` is not an object.")


def body_of_reading_request(found: dict[str, Any]) -> bytes | None:
    """The body of a checked POST that only reads, rewritten; ``None`` if it does more."""
    if not only_reads(found["query"]):
        return None
    return json.dumps({name: found[name] for name in _MEMBERS if name in found}).encode()


def query_string_of_reading_request(query_string: bytes) -> bytes | None:
    """The query string of a GET that only reads, rewritten; ``None`` if it does more. Raises: NotOneRequest."""
    given = QueryParams(query_string)
    kept: dict[str, str] = {}
    for name in _MEMBERS:
        values = given.getlist(name)
        if len(values) > 1:
            raise NotOneRequest(f"`{name}` is given more than once.")
        if values:
            kept[name] = values[0]
    if "query" in kept:
        check_request(kept)
        if not only_reads(kept["query"]):
            return None
    return urlencode(kept).encode()


def subscribes_only(message: dict[str, Any]) -> bool:
    """Whether a text frame of the websocket changes nothing: it starts a subscription or a query, or manages one.

    Frames of a form that Dagster does not read are none of these.
    """
    from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

    try:
        found = json_object((message.get("text") or "").encode())
        if not isinstance(found.get("id"), str | int | None) or not isinstance(found.get("type"), str):
            return False
        if found["type"] != _START:
            return True
        payload = found.get("payload")
        if not isinstance(payload, dict):
            return False
        check_request({**payload, "operationName": payload.get("operation_name")})
        if isinstance(payload.get("variables"), str) or len(payload["query"]) > MAX_DOCUMENT_CHARACTERS:
            return False
        definitions = parse(payload["query"], no_location=True).definitions
    except (ValueError, RecursionError, GraphQLError):
        return False
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    return all(node.operation is not OperationType.MUTATION for node in operations)


def _object_in(text: str) -> Any:
    """The JSON value of a text, or the text itself. A GET and some clients send variables as text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _depth(document: str) -> int:
    """Maximum nesting of brackets, including those inside strings."""
    depth = most = 0
    for found in _BRACKETS.finditer(document):
        depth += 1 if found[0] in "[{(" else -1
        most = max(most, depth)
    return most

"""What a GraphQL request does: reads, or changes something.

The same parser as Dagster's decides, and what it read is what Dagster gets: a request is written anew, so that nothing can mean
one thing here and another there. Must not go here: who may change something (``guard.py``).
"""

import json
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

_MEMBERS: Final = ("query", "variables", "operationName")
MAX_DOCUMENT_CHARACTERS: Final = 200_000
"""The longest query of Dagster's UI has some 20,000; parsing this many takes about a second."""


class NotOneRequest(ValueError):
    """A body or a query string that is not exactly one GraphQL request."""


def only_reads(document: str) -> bool:
    """Whether every operation of a document is a query, whichever of them is chosen. What cannot be parsed is not."""
    from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

    if len(document) > MAX_DOCUMENT_CHARACTERS:
        return False
    try:
        found = parse(document, no_location=True)
    except (GraphQLError, RecursionError):
        return False
    operations = [node for node in found.definitions if isinstance(node, OperationDefinitionNode)]
    return bool(operations) and all(node.operation is OperationType.QUERY for node in operations)


def body_of_reading_request(body: bytes) -> bytes | None:
    """The body of a POST that only reads, written anew; ``None`` if it does more. Raises: NotOneRequest."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotOneRequest("The body is not JSON.") from error
    if not isinstance(found, dict) or not isinstance(found.get("query"), str):
        raise NotOneRequest("The body is not one GraphQL request: an object with a text `query`.")
    if not only_reads(found["query"]):
        return None
    return json.dumps({name: found[name] for name in _MEMBERS if name in found}).encode()


def query_string_of_reading_request(query_string: bytes) -> bytes | None:
    """The query string of a GET that only reads, written anew; ``None`` if it does more. Raises: NotOneRequest."""
    given = QueryParams(query_string)
    kept: dict[str, str] = {}
    for name in _MEMBERS:
        values = given.getlist(name)
        if len(values) > 1:
            raise NotOneRequest(f"`{name}` is given more than once.")
        if values:
            kept[name] = values[0]
    if "query" in kept and not only_reads(kept["query"]):
        return None
    return urlencode(kept).encode()


def subscribes_only(message: dict[str, Any]) -> bool:
    """Whether a text frame of the websocket changes nothing: it starts a subscription or a query, or manages one."""
    from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

    try:
        found = json.loads(message.get("text") or "")
        payload = found.get("payload") if isinstance(found, dict) else None
        document = payload.get("query") if isinstance(payload, dict) else None
        if document is None:
            return isinstance(found, dict)
        if not isinstance(document, str) or len(document) > MAX_DOCUMENT_CHARACTERS:
            return False
        definitions = parse(document, no_location=True).definitions
    except (ValueError, RecursionError, GraphQLError):
        return False
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    return all(node.operation is not OperationType.MUTATION for node in operations)

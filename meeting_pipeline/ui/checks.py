"""What form a request to Dagster must have, depending on what it can do.

Requests that can change something must be JSON, GET only reads, and callers who may only read send only queries.
Must not go here: where requests come from (``origin.py``), parsing GraphQL (``operations.py``).
"""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from meeting_pipeline.ui import operations, policies
from meeting_pipeline.ui.callers import Caller
from meeting_pipeline.ui.refusals import Refusal

_GRAPHQL: Final = "/graphql"
_TYPE: Final = b"application/json"
_JSON: Final = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)


async def checked_post(scope: Scope, receive: Receive, caller: Caller) -> tuple[Scope, Receive]:
    """The part of a request that can change something which Dagster receives: its body, and nothing that could replace it.

    Raises: Refusal. A page of another site can send JSON only after a preflight, which is never answered; it can send any
    other form directly.
    """
    path, headers = scope["path"], Headers(scope=scope)
    types = headers.getlist("content-type")
    if len(types) != 1 or not _JSON.fullmatch(types[0].strip()):
        advice = "Send the body as `Content-Type: application/json`."
        raise Refusal(415, "not_json", "Requests that change something must be JSON.", advice)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(415, "encoded_body", "The body is compressed.", "Send it uncompressed.")
    scope = _as_json(scope)
    if not caller.may_write and not is_graphql(path):
        raise _scope_missing()
    body: bytes | None = await _body(receive)
    try:
        found = operations.json_object(body or b"")
        if is_graphql(path):
            operations.check_request(found)
    except operations.NotOneRequest as error:
        raise Refusal(400, "bad_request", str(error), "See /graphql for the schema.") from error
    if not caller.may_write:
        body = operations.body_of_reading_request(found)
    if body is None:
        raise _scope_missing()
    return scope, _replayed(body, receive)


def checked_query(query_string: bytes) -> bytes:
    """The query string of a GET of the GraphQL address, which only reads. Raises: Refusal."""
    try:
        checked = operations.query_string_of_reading_request(query_string)
    except operations.NotOneRequest as error:
        raise Refusal(400, "bad_request", str(error), "Send it as a JSON POST.") from error
    if checked is None:
        advice = "Send a mutation as a JSON POST from the UI's own page or from a program."
        raise Refusal(405, "mutation_by_get", "GET accepts queries only.", advice, {"Allow": "POST"})
    return checked


def _as_json(scope: Scope) -> Scope:
    """The request with the content type that Dagster knows for JSON; otherwise it would read the query string instead."""
    headers = [(name, _TYPE if name == b"content-type" else value) for name, value in scope["headers"]]
    return {**scope, "headers": headers, "query_string": b"" if is_graphql(scope["path"]) else scope["query_string"]}


def _scope_missing() -> Refusal:
    return Refusal(
        403,
        "scope_missing",
        "This key may view the UI, but not change anything.",
        "Use a key with the scope admin: meeting-pipeline keys create --name NAME --scope admin",
    )


async def _body(receive: Receive) -> bytes:
    """Raises: Refusal."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(400, "bad_request", "The request ended early.", "")
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > policies.UI_BODY_BYTES:
            raise Refusal(413, "too_large", f"The body is larger than {policies.UI_BODY_BYTES} bytes.", "")
        if not message.get("more_body", False):
            return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def plain(path: str) -> str:
    """The path as a lenient parser would read it: what is refused in one spelling must not work in another."""
    return re.sub(r"/+", "/", path).lower()


def is_graphql(path: str) -> bool:
    """Whether Dagster, or anything behind it, could take this path for the GraphQL address."""
    return plain(path).rstrip("/") == _GRAPHQL

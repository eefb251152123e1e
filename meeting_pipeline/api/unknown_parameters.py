"""Refuse query parameters that an operation does not have: a misspelled filter would silently select everything.

Must not go here: the values of parameters, which the routes declare.
"""

from typing import Final

from fastapi import FastAPI, Request

from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.domain.text import short_line

_SHOWN: Final = 10
"""Unknown parameters that a response names."""
_SHOWN_NAME: Final = 80
"""Characters of each name: the caller chose it."""


def refuse_unknown_parameters(request: Request) -> None:
    """A dependency of all routes. Raises: ApiError 422 ``unknown_parameter``, with the parameters that exist."""
    if not request.query_params:
        return
    known = _parameters(request.app, request.scope["route"].path, request.method)
    if known is None:
        return
    unknown = [name for name in request.query_params if name not in known]
    if not unknown:
        return
    error = ApiError(
        422,
        "unknown_parameter",
        "The URL has a query parameter that does not exist.",
        f"Possible here: {', '.join(sorted(known))}." if known else "No query parameter is possible here.",
    )
    error.errors = [
        {"at": short_line(f"query.{name}", _SHOWN_NAME), "problem": "No such parameter."} for name in unknown[:_SHOWN]
    ]
    raise error


def _parameters(app: FastAPI, path: str, method: str) -> set[str] | None:
    """The query parameters of an operation; ``None`` for a route that is no operation of the API, such as a page's file."""
    operation = app.openapi()["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return None
    return {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}

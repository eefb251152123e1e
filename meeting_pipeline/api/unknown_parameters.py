"""Refuse query parameters that an operation does not have, and those given more often than it takes them.

A misspelled filter would silently select everything, and of two owners one would silently be ignored.

Must not go here: the values of parameters, which the routes declare.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args, get_origin

from fastapi import APIRouter, Request
from fastapi.params import Cookie, Header, Path
from fastapi.routing import APIRoute

from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.domain.text import short_line

_SHOWN: Final = 10
"""Unknown parameters that a response names."""
_SHOWN_NAME: Final = 80
"""Characters of each name: the caller chose it."""

QueryParameters = Mapping[tuple[str, str], Mapping[str, bool]]
"""An operation's query parameters, by its path and method: the name, and whether it can be repeated. A page's file is not an
operation: it takes any."""


def query_parameters(routers: Iterable[APIRouter]) -> QueryParameters:
    """The query parameters of all operations of `routers`.

    Call it before any request: the framework unpacks a model of parameters when it is first needed and keeps the result
    without a lock. Two requests that were the first ones at the same moment got two results, and one of them status 500.
    """
    # The framework's description has them too, but takes a third of a second of the first request to build.
    from fastapi.dependencies.utils import get_flat_params

    found = {}
    for route in (route for router in routers for route in router.routes):
        if isinstance(route, APIRoute) and route.include_in_schema:
            parameters = get_flat_params(route.dependant)
            names = {
                one.alias: _is_list(one.field_info.annotation)
                for one in parameters
                if not isinstance(one.field_info, Path | Header | Cookie)
            }
            found.update({(route.path, method): names for method in route.methods or ()})
    return found


def _is_list(annotation: Any) -> bool:
    """Whether a type is a list, or may be one."""
    return get_origin(annotation) is list or any(_is_list(one) for one in get_args(annotation))


def refuse_unknown_parameters(request: Request) -> None:
    """A dependency of all routes.

    Raises: ApiError 422 ``unknown_parameter``, with the parameters that exist, or ``invalid_request`` for one that is repeated.
    """
    if not request.query_params:
        return
    operations: QueryParameters = request.app.state.query_parameters
    known = operations.get((request.scope["route"].path, request.method))
    if known is None:
        return
    unknown = [name for name in request.query_params if name not in known]
    if not unknown:
        _refuse_repeated(request, known)
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


def _refuse_repeated(request: Request, known: Mapping[str, bool]) -> None:
    given = Counter(name for name, _ in request.query_params.multi_items())
    repeated = [name for name, number in given.items() if number > 1 and not known[name]]
    if repeated:
        error = ApiError(422, "invalid_request", "The request is invalid.", "See `errors`.")
        error.errors = [{"at": f"query.{name}", "problem": "It can be given only once."} for name in repeated]
        raise error

"""Refuse query parameters that an operation does not have, or has only once: nothing of what a caller asked for is ignored.

A misspelled filter would silently select everything, and of two values of one filter only the last would count.

Must not go here: the values of parameters, which the routes declare.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

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
"""An operation's query parameters, by its path and method, and whether each may be repeated. A page's file is not an operation:
it takes any."""


def query_parameters(routers: Iterable[APIRouter]) -> QueryParameters:
    """The query parameters of all operations of `routers`.

    Call it before any request: the framework unpacks a model of parameters when it is first needed and keeps the result
    without a lock. Two requests that were the first ones at the same moment got two results, and one of them status 500.
    """
    # The framework's description has them too, but takes a third of a second of the first request to build.
    from fastapi._compat import field_annotation_is_sequence
    from fastapi.dependencies.utils import get_flat_params

    found = {}
    for route in (route for router in routers for route in router.routes):
        if isinstance(route, APIRoute) and route.include_in_schema:
            parameters = get_flat_params(route.dependant)
            names = {
                one.alias: field_annotation_is_sequence(one.field_info.annotation)
                for one in parameters
                if not isinstance(one.field_info, Path | Header | Cookie)
            }
            found.update({(route.path, method): names for method in route.methods or ()})
    return found


def refuse_unknown_parameters(request: Request) -> None:
    """A dependency of all routes.

    Raises: ApiError 422 ``unknown_parameter``, with the parameters that exist, or ``repeated_parameter``.
    """
    if not request.query_params:
        return
    operations: QueryParameters = request.app.state.query_parameters
    known = operations.get((request.scope["route"].path, request.method))
    if known is None:
        return
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        error = ApiError(
            422,
            "unknown_parameter",
            "The URL has a query parameter that does not exist.",
            f"Possible here: {', '.join(sorted(known))}." if known else "No query parameter is possible here.",
        )
        raise _at(error, unknown, "No such parameter.")
    given = Counter(name for name, _ in request.query_params.multi_items())
    repeated = [name for name, times in given.items() if times > 1 and not known[name]]
    if repeated:
        lists = sorted(name for name, is_list in known.items() if is_list)
        error = ApiError(
            422,
            "repeated_parameter",
            "The URL repeats a query parameter that accepts only one value.",
            f"Send it once. Can be repeated here: {', '.join(lists)}." if lists else "Send it once.",
        )
        raise _at(error, repeated, "Accepts one value.")


def _at(error: ApiError, names: Sequence[str], problem: str) -> ApiError:
    """The error, with the first of the parameters that it is about."""
    error.errors = [{"at": short_line(f"query.{name}", _SHOWN_NAME), "problem": problem} for name in names[:_SHOWN]]
    return error

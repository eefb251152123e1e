"""Strict JSON bodies: a duplicate key or a NaN is an error of the caller; the service does not guess.

Belongs here: how the framework reads a body. Must not go here: what a body may contain (the schemas).
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from meeting_pipeline.domain.strict_json import BadJson, strict_json


class StrictRequest(Request):
    """A request whose JSON is read by ``strict_json``."""

    async def json(self) -> Any:
        """Parse the body. Raises: json.JSONDecodeError, which the framework turns into 422; its ``msg`` says why."""
        try:
            return strict_json(await self.body())
        except BadJson as error:
            raise json.JSONDecodeError(str(error), "", 0) from None


class StrictRoute(APIRoute):
    """The route class of every router that accepts JSON: ``APIRouter(route_class=StrictRoute)``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler so that it gets a strict request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict

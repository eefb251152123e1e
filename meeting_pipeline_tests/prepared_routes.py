"""All applications of a test process share the routes of the HTTP service, and the description of these routes.

Nearly every test of the service builds an application of its own. FastAPI prepares the routes of each for its first request (a
tenth of a second of a processor) and describes them for the first query parameter (a third of a second). Both are the same
for every installation: what differs is in the application's state, and in what our own code adds to the description.
Belongs here: that cache. Must not go here: installations (``installations.py``).
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the plugin is loaded for every test; the framework only for those that need it
    from fastapi import APIRouter, FastAPI
    from starlette.routing import BaseRoute

_INCLUDED: dict[int, tuple[APIRouter, BaseRoute]] = {}
"""Identity of a router -> the router, and the prepared form of its routes."""
_DESCRIBED: dict[tuple[int, ...], tuple[list[object], dict[str, Any]]] = {}
"""Identities of routes and insights -> these, and the description: it names the insights that there are."""


def pytest_collection_finish() -> None:
    """Share them from now on, if any test has imported the service."""
    if "meeting_pipeline.api.app" in sys.modules:
        _share()


def _share() -> None:
    from fastapi import FastAPI

    from meeting_pipeline.api import app as service
    from meeting_pipeline.api.routes import openapi
    from meeting_pipeline.insights.registry import SPECS

    describe = openapi.get_openapi  # type: ignore[attr-defined]  # the name that the module itself calls

    def include_router(self: FastAPI, router: APIRouter, **given: Any) -> None:
        if id(router) in _INCLUDED:
            self.router.routes.append(_INCLUDED[id(router)][1])
        else:
            FastAPI.include_router(self, router, **given)
            _INCLUDED[id(router)] = (router, self.router.routes[-1])

    def get_openapi(*, routes: Sequence[BaseRoute], **given: Any) -> dict[str, Any]:
        described: list[object] = [*routes, *SPECS.values()]
        key = tuple(map(id, described))
        if key not in _DESCRIBED:
            _DESCRIBED[key] = (described, describe(routes=routes, **given))
        return copy.deepcopy(_DESCRIBED[key][1])

    service._Application.include_router = include_router  # type: ignore[method-assign]
    openapi.get_openapi = get_openapi  # type: ignore[assignment,attr-defined]

"""What every route needs of the running service, as FastAPI dependencies.

Belongs here: handing the opened parts to routes. Must not go here: who may call a route (``access.py``).
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from meeting_pipeline.steps.opening import Installation


@dataclass(frozen=True)
class Service:
    """The opened parts. ``guarded``: whether callers must show a key."""

    installation: Installation
    guarded: bool


def service_of(request: Request) -> Service:
    """The service that answers this request."""
    service: Service = request.app.state.service
    return service


def installation_of(request: Request) -> Installation:
    """Its installation."""
    return service_of(request).installation


Serving = Annotated[Service, Depends(service_of)]
Opened = Annotated[Installation, Depends(installation_of)]

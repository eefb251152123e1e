"""What every route needs of the running service, as FastAPI dependencies.

Belongs here: handing the opened parts to routes. Must not go here: who may call a route (``api/security/access.py``).
"""

import threading
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from meeting_pipeline.installation import Installation


@dataclass(frozen=True)
class Service:
    """The opened parts.

    ``guarded``: whether callers must show a key whatever keys there are, since other machines reach the service.
    ``stopping``: set when the service is told to end, so that streams can end by themselves.
    """

    installation: Installation
    guarded: bool
    stopping: threading.Event = field(default_factory=threading.Event)


def service_of(request: Request) -> Service:
    """The service that answers this request."""
    service: Service = request.app.state.service
    return service


def installation_of(request: Request) -> Installation:
    """Its installation."""
    return service_of(request).installation


Serving = Annotated[Service, Depends(service_of)]
Opened = Annotated[Installation, Depends(installation_of)]

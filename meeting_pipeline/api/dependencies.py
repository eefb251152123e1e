"""FastAPI dependencies that give routes access to the running service.

Belongs here: passing the opened installation to routes. Must not go here: who may call a route (``api/security/access.py``).
"""

import threading
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from meeting_pipeline.installation import Installation


@dataclass(frozen=True)
class Service:
    """The opened installation and the state of the service.

    ``guarded``: callers must send a key even if none exists, because other machines can reach the service.
    ``stopping``: set on shutdown, so that streams can end.
    """

    installation: Installation
    guarded: bool
    stopping: threading.Event = field(default_factory=threading.Event)


def service_of(request: Request) -> Service:
    """The service that handles this request."""
    service: Service = request.app.state.service
    return service


def installation_of(request: Request) -> Installation:
    """The installation of the service."""
    return service_of(request).installation


Serving = Annotated[Service, Depends(service_of)]
Opened = Annotated[Installation, Depends(installation_of)]

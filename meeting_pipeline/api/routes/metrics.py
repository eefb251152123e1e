"""``/metrics``: metrics for Prometheus. ``docs/operations.md`` explains what each one means.

Must not go here: the metrics themselves (``api/metrics/store.py``, ``api/metrics/system.py``, ``api/metrics/http.py``).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.responses import Response

from meeting_pipeline.api.metrics.http import HttpMetrics
from meeting_pipeline.api.metrics.machines import MachinesCollector
from meeting_pipeline.api.metrics.store import StoreCollector
from meeting_pipeline.api.metrics.system import SystemCollector
from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.installation import Installation

router = APIRouter(tags=["health"])


class Metrics:
    """All metrics of one application."""

    def __init__(self, installation: Installation) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.http = HttpMetrics(self.registry)
        self.registry.register(StoreCollector(installation.store.statistics))
        self.registry.register(SystemCollector(installation.settings))
        if installation.settings.broker_url is not None:
            self.registry.register(MachinesCollector(installation.store.machines))


@router.get(
    "/metrics",
    operation_id="getMetrics",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus's text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **responses(401, 403),
    },
)
def metrics(request: Request, _caller: Annotated[Caller, Depends(require("read"))]) -> Response:
    """Get metrics for Prometheus. Requires a key with the scope `read` once a key exists."""
    found: Metrics = request.app.state.metrics
    return Response(generate_latest(found.registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

"""The service's application: its routes, error documents and OpenAPI description, assembled in one place.

This module is the table of contents of the service. Must not go here: what a route does.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any

from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp

from meeting_pipeline.api import policies
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.head_requests import HeadAsGet
from meeting_pipeline.api.middleware import RequestMiddleware
from meeting_pipeline.api.readiness import Readiness
from meeting_pipeline.api.routes import (
    attention,
    campaigns,
    commitments,
    completion_hooks,
    deletion,
    deletion_receipts,
    deliveries,
    edits,
    events,
    health,
    inbox,
    insights,
    judged_claims,
    machines,
    mails,
    media,
    meetings,
    metrics,
    page,
    people,
    providers,
    questions,
    recording_edits,
    recordings,
    reference,
    search,
    shared,
    shares,
    speakers,
    stale,
    submissions,
    tokens,
    upload_check,
    versions,
)
from meeting_pipeline.api.routes import openapi as description
from meeting_pipeline.api.schemas import error_handlers, problems
from meeting_pipeline.api.security.rate_limits import RateLimits
from meeting_pipeline.api.streaming.hub import Feed
from meeting_pipeline.api.unknown_parameters import query_parameters, refuse_unknown_parameters
from meeting_pipeline.api.uploads.admission import UploadAdmission
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.steps.transcription.completion_hooks import secrets_of_hooks

ROUTERS: tuple[APIRouter, ...] = (
    page.router,
    shared.router,
    description.router,
    reference.router,
    health.router,
    metrics.router,
    deliveries.router,
    mails.router,
    submissions.router,
    upload_check.router,
    recordings.router,
    attention.router,
    recording_edits.router,
    deletion.router,
    deletion_receipts.router,
    inbox.router,
    machines.router,
    insights.router,
    providers.router,
    stale.router,
    campaigns.router,
    completion_hooks.router,
    events.router,
    tokens.router,
    media.router,
    meetings.router,
    speakers.router,
    judged_claims.router,
    edits.router,
    search.router,
    shares.router,
    questions.router,
    commitments.router,
    people.router,
    versions.router,
)


class _Application(FastAPI):
    """FastAPI with our middleware around all of the framework's, so that ours sees failures too."""

    def build_middleware_stack(self) -> ASGIApp:
        return RequestMiddleware(HeadAsGet(super().build_middleware_stack()))

    def openapi(self) -> dict[str, Any]:
        return description.describe(self)


def _recognise_keys(app: FastAPI) -> None:
    """So that requests with a key do not count for an address that others have used up."""
    keys = app.state.service.installation.store.api_keys.list()
    app.state.rate_limits.recognise_hashes({key.key_hash: key.id for key in keys if key.revoked_at is None})


def build_app(service: Service) -> FastAPI:
    """Build the application for an opened installation."""
    admission = UploadAdmission(service.installation, service.stopping)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(admission.open)
        with suppress(StoreUnavailable):  # a database that is away: keys are recognised when they are used
            await asyncio.to_thread(_recognise_keys, app)
        yield
        admission.close()
        service.installation.close_question_model()
        service.installation.store.close()

    app = _Application(
        title="meeting_pipeline",
        summary="Submit meeting recordings, and read the meeting records that are made from them.",
        version=version("meeting-pipeline"),
        lifespan=life,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        responses={"default": {"description": "A problem document.", "model": problems.ProblemDetails}},
    )
    app.state.service = service
    app.state.admission = admission
    app.state.rate_limits = RateLimits(service.installation.settings.api_rate_limit)
    app.state.feed = Feed(service)
    app.state.event_reads = CapacityLimiter(policies.EVENTS_READS)
    app.state.question_slots = threading.BoundedSemaphore(policies.QUESTIONS_AT_ONCE)
    app.state.metrics = metrics.Metrics(service.installation)
    app.state.hook_notes = CapacityLimiter(policies.HOOK_NOTES)
    app.state.hook_secrets = secrets_of_hooks(service.installation.settings)
    app.state.readiness = Readiness(service.installation)
    app.state.query_parameters = query_parameters(ROUTERS)
    app.state.routes = [route for router in ROUTERS for route in router.routes]
    error_handlers.install(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(refuse_unknown_parameters)])
    return app

"""The service's OpenAPI description: what the framework generates, completed with what it leaves out.

Requesting it needs a key, like everything below ``/v1``. Belongs here: what applies to every operation. Must not go here:
what one route accepts or returns; that is declared at the route.
"""

import threading
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi

from meeting_pipeline.api.routes.insights import describe_results
from meeting_pipeline.api.schemas.events import Event
from meeting_pipeline.api.schemas.problems import MEDIA_TYPE, PROBLEM_SCHEMA, described
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.api.streaming.sse_response import MEDIA_TYPE as STREAM

PATH: Final = "/v1/openapi.json"
LICENSE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_COMPONENT: Final = "#/components/schemas/{model}"
_BUILDING: Final = threading.Lock()
"""Requests that arrive together wait for one description instead of building one each."""
router = APIRouter()
TAGS: Final = (
    ("recordings", "Submit recordings and follow their progress."),
    ("meetings", "The meeting records made from them."),
    ("commitments", "Action items and decisions over all meetings, and what became of them."),
    ("people", "One person over all meetings, by all of its names."),
    ("versions", "Versions of their results: compared, held, promoted and restored."),
    ("campaigns", "Reprocessing of many recordings under one name."),
    ("events", "Live events (server-sent events)."),
    ("deliveries", "Webhook deliveries to submitters."),
    ("health", "For operators of the service."),
)


@router.get(PATH, include_in_schema=False)
def openapi(request: Request, _caller: Annotated[Caller, Depends(require("read"))]) -> dict[str, Any]:
    """The OpenAPI description."""
    app: FastAPI = request.app
    return app.openapi()


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description of an application, built once."""
    with _BUILDING:
        if app.openapi_schema is None:
            app.openapi_schema = _built(app)
    return app.openapi_schema


def _built(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS],
    )
    found["info"]["license"] = LICENSE
    base = app.state.service.installation.settings.api_base_path or "/"
    found["servers"] = [{"url": base, "description": "This installation."}]
    found["components"]["schemas"][Event.__name__] = Event.model_json_schema(ref_template=_COMPONENT)
    describe_results(found["components"]["schemas"])
    for path in found["paths"].values():
        for operation in path.values():
            _complete(operation)
    return found


def _complete(operation: dict[str, Any]) -> None:
    """Add the errors that any operation can have, and make all errors problem documents.

    The framework gives errors the media type of the successful response.
    """
    answers = operation["responses"]
    answers.setdefault("400", described("The URL is malformed."))
    if operation.setdefault("security", []):
        answers.setdefault("503", described("The database is temporarily unavailable."))
    if operation.get("parameters") or "requestBody" in operation:
        answers.setdefault("422", described("A parameter or a field of the body is invalid."))
    for response in answers.values():
        if any(body.get("schema") == PROBLEM_SCHEMA for body in response.get("content", {}).values()):
            response["content"] = {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
        if STREAM in response.get("content", {}):
            response["content"][STREAM]["schema"].pop("type", None)  # which the framework adds

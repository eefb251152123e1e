"""``/healthz`` and ``/readyz``, for monitoring the service. They need no key and reveal nothing about recordings.

Must not go here: what is checked (``api/readiness.py``).
"""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from meeting_pipeline.api import readiness
from meeting_pipeline.api.dependencies import Serving
from meeting_pipeline.api.schemas.problems import problem, responses
from meeting_pipeline.api.security.access import asks_for_key

router = APIRouter(tags=["health"])


class Liveness(BaseModel):
    """The process responds."""

    status: str = Field(description="Always `ok`.")


class Readiness(BaseModel):
    """Everything that was checked works."""

    status: str = Field(description="Always `ready`.")
    checks: list[str] = Field(description="What was checked.")
    key_needed: bool = Field(
        description="Whether requests need an API key. While no key exists, only requests from this machine are served."
    )


@router.get("/healthz", operation_id="isAlive")
async def healthz() -> Liveness:
    """Check whether the process is alive. Nothing else is checked: a restart would not fix a database."""
    return Liveness(status="ok")


@router.get("/readyz", operation_id="isReady", response_model=Readiness, responses=responses(503))
def readyz(service: Serving, request: Request) -> Readiness | Response:
    """Check whether database, disk, daemon and webhooks work. If not, the response is 503 and `errors` lists the problems.

    The result is cached for a few seconds, so you can poll as often as you like.
    """
    state: readiness.Readiness = request.app.state.readiness
    found = state.report()
    errors = [{"at": one.name, "problem": one.problem} for one in found if one.problem]
    if errors:
        names = ", ".join(error["at"] for error in errors)
        return problem(503, "not_ready", f"Not everything works: {names}.", "See `errors`.", errors=errors)
    return Readiness(status="ready", checks=[one.name for one in found], key_needed=asks_for_key(service))

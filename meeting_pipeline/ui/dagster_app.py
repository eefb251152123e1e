"""Dagster's own web application, built as its command `dagster-webserver` builds it.

The only module of this package that uses private parts of Dagster: the workspace of its web server. Two things are added: a
request whose caller may only read gets Dagster's read-only mode, and a missing file is a 404, whatever its name.
Must not go here: who may read (``guard.py``).
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

from dagster import DagsterInstance
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from meeting_pipeline import policies
from meeting_pipeline.dagster_internals import (
    WorkspaceFileTarget,
    WorkspaceProcessContext,
    WorkspaceRequestContext,
    configure_loggers,
    set_code_server_interval,
)
from meeting_pipeline.ui.guard import MAY_WRITE

_STATEMENT_MS: Final = 15_000
_POOL_RECYCLE_S: Final = 3_600
_POOL_OVERFLOW: Final = 20
"""The command's own settings for Dagster's database, and ..."""
_POLL_MS: Final = 2_000
"""... how often its page polls for updates."""


class GuardedContext(WorkspaceProcessContext):
    """The workspace. A request is read-only unless the guard says that its caller may change something."""

    def create_request_context(self, source: object | None = None) -> WorkspaceRequestContext:
        """The workspace as one request sees it. ``source``: the connection."""
        scope = getattr(source, "scope", {})
        return WorkspaceRequestContext(
            instance=self.instance,
            current_workspace=self.get_current_workspace(),
            process_context=self,
            version=self.version,
            source=source,
            read_only=scope.get(MAY_WRITE) is not True,
        )


class Webserver(DagsterWebserver[GuardedContext, WorkspaceRequestContext]):
    """The web server. Dagster's own handlers of these addresses fail with a traceback if nothing is there."""

    async def download_debug_file_endpoint(self, request: Request) -> Response:
        """Return everything about a run. Raises: HTTPException 404."""
        with self.request_context(request) as context:
            known = context.instance.get_run_by_id(request.path_params["run_id"]) is not None
        if not known:
            raise HTTPException(404, "There is no such run.")
        answer: Response = await super().download_debug_file_endpoint(request)
        return answer

    async def download_captured_logs_endpoint(self, request: Request) -> Response:
        """Return what a step printed. Raises: HTTPException 404."""
        *names, _ = parts = request.path_params["path"].split("/")
        if not names or any(part in ("", ".", "..") for part in parts):
            raise HTTPException(404, "There is no such log.")
        answer: Response = await super().download_captured_logs_endpoint(request)
        return answer


@contextlib.contextmanager
def dagster_app(workspace: Path) -> Iterator[ASGIApp]:
    """The application over the instance of ``DAGSTER_HOME`` and the code locations of a workspace file."""
    os.environ["PYTHONWARNINGS"] = "ignore"  # like `--suppress-warnings`
    configure_loggers(formatter="colored", log_level="INFO")
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_MS, _POOL_RECYCLE_S, _POOL_OVERFLOW)
        set_code_server_interval(policies.CODE_SERVER_LOOK_SECONDS)
        target = WorkspaceFileTarget(paths=[str(workspace)])
        with GuardedContext(instance, version=__version__, read_only=False, workspace_load_target=target) as context:
            yield build(context)


def build(context: GuardedContext) -> Starlette:
    """The application over an opened workspace."""
    return Webserver(context, "", _POLL_MS).create_asgi_app(lifespan=_lifespan)


@contextlib.asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[None]:
    with contextlib.suppress(asyncio.CancelledError):  # ended by a signal
        yield

"""Dagster's own web application, as its command `dagster-webserver` builds it.

The one module of this room that uses what Dagster keeps private: the workspace of its web server. What is added is that a
request whose caller may only look gets Dagster's read-only mode. Must not go here: who that is (``guard.py``).
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

from dagster import DagsterInstance
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.applications import Starlette
from starlette.types import ASGIApp

from meeting_pipeline.dagster_internals import (
    WorkspaceFileTarget,
    WorkspaceProcessContext,
    WorkspaceRequestContext,
    configure_loggers,
)
from meeting_pipeline.ui.guard import MAY_WRITE

_STATEMENT_MS: Final = 15_000
_POOL_RECYCLE_S: Final = 3_600
_POOL_OVERFLOW: Final = 20
"""What the command sets for a database of Dagster, and ..."""
_POLL_MS: Final = 2_000
"""... how often its page asks for news."""


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


@contextlib.contextmanager
def dagster_app(workspace: Path) -> Iterator[ASGIApp]:
    """The application over the instance of ``DAGSTER_HOME`` and the code locations of a workspace file."""
    os.environ["PYTHONWARNINGS"] = "ignore"  # as `--suppress-warnings`
    configure_loggers(formatter="colored", log_level="INFO")
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_MS, _POOL_RECYCLE_S, _POOL_OVERFLOW)
        target = WorkspaceFileTarget(paths=[str(workspace)])
        with GuardedContext(instance, version=__version__, read_only=False, workspace_load_target=target) as context:
            yield build(context)


def build(context: GuardedContext) -> Starlette:
    """The application over an opened workspace."""
    app = create_app_from_workspace_process_context(context, "", _POLL_MS, lifespan=_lifespan)
    if not isinstance(app, Starlette):
        raise TypeError(type(app).__name__)
    return app


@contextlib.asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[None]:
    with contextlib.suppress(asyncio.CancelledError):  # ended by a signal
        yield

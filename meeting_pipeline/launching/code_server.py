"""The process of the code server, which has loaded the definitions and evaluates the sensors.

`up` starts it as ``python -m meeting_pipeline.launching.code_server grpc ...`` and starts it again when it ends. It does the
same as ``dagster api grpc``, and takes its arguments. Unlike ``dagster code-server``, it needs no process in front of it to load
changed definitions: when that is requested, it ends.
Must not go here: its arguments (``supervisor/commands.py``), where runs are executed (``server.py``).
"""

import logging
import sys
from collections.abc import Sequence
from typing import Any

from meeting_pipeline.dagster_internals import DagsterApiServer, ReloadCodeReply, api_cli

_log = logging.getLogger(__name__)


def end_for_reload(server: Any, request: Any, context: Any) -> Any:
    """Answer to *Reload definitions* in the UI: end once what is being evaluated has ended. `up` starts another process."""
    _log.info("the definitions must be reloaded: this code server stops, and a new one is started")
    server.ShutdownServer(request, context)
    return ReloadCodeReply()


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM or SIGINT, or until the definitions have to be reloaded."""
    DagsterApiServer.ReloadCode = end_for_reload  # type: ignore[assignment,method-assign]  # Dagster's own only logs that it does nothing
    api_cli(args=list(arguments), prog_name="meeting_pipeline.launching.code_server")


if __name__ == "__main__":
    main(sys.argv[1:])

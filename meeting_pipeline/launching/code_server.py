"""The process of the code server, which has loaded the definitions and evaluates the sensors.

`up` starts it as ``python -m meeting_pipeline.launching.code_server grpc ...`` and starts it again when it ends; it is what
``dagster api grpc`` is, and takes its arguments. So it needs no process in front of it, as ``dagster code-server`` has, to
load changed definitions: asked for that, it ends.
Must not go here: its arguments (``supervisor/commands.py``), where runs are executed (``server.py``).
"""

import logging
import sys
from collections.abc import Sequence
from typing import Any

from meeting_pipeline.dagster_internals import DagsterApiServer, ReloadCodeReply, api_cli

_log = logging.getLogger(__name__)


def end_to_load_anew(server: Any, request: Any, context: Any) -> Any:
    """Answer to *Reload definitions* in the UI: end once what is being evaluated has ended. `up` starts another process."""
    _log.info("the definitions must be reloaded: this code server stops, and a new one is started")
    server.ShutdownServer(request, context)
    return ReloadCodeReply()


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM or SIGINT, or until the definitions are to be loaded anew."""
    DagsterApiServer.ReloadCode = end_to_load_anew  # type: ignore[assignment,method-assign]  # Dagster's own only logs that it does nothing
    api_cli(args=list(arguments), prog_name="meeting_pipeline.launching.code_server")


if __name__ == "__main__":
    main(sys.argv[1:])

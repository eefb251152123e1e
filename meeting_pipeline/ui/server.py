"""The process of the Dagster UI: Dagster's application behind our guard, served by one uvicorn on 127.0.0.1.

`up` starts it as ``python -m meeting_pipeline.ui.server``. Must not go here: what is let through (``guard.py``).
"""

import argparse
import logging
import signal
import sys
from pathlib import Path
from typing import Final

import uvicorn

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.foundation.logs import log_as_configured
from meeting_pipeline.foundation.process_end import end_quickly
from meeting_pipeline.foundation.ui_token import read_ui_token
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.ui.addresses import addresses_of
from meeting_pipeline.ui.callers import Callers
from meeting_pipeline.ui.guard import Guard

_log = logging.getLogger(__name__)
HOST: Final = "127.0.0.1"
_FAILED: Final = 2
"""Exit code: it could not start, for a reason that was printed."""


def serve(settings: Settings, port: int, workspace: Path) -> None:
    """Serve until SIGTERM or SIGINT. `up` has already made sure that the schema is up to date.

    Raises: PermanentError ``bad_setting``, OperatorError.
    """
    from meeting_pipeline.ui.dagster_app import dagster_app

    addresses = addresses_of(port, settings.public_url)
    installation = open_installation(settings, migrate=False)
    token = read_ui_token(settings.home)
    callers = Callers(installation, beyond_loopback=addresses.beyond_loopback, internal_token=token)
    with dagster_app(workspace) as app:
        config = uvicorn.Config(
            Guard(app, addresses, callers, port),
            host=HOST,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            http="h11",  # it refuses malformed requests
            timeout_graceful_shutdown=policies.API_STOP_SECONDS,
        )
        _log.info("serving the Dagster UI on http://%s:%d", HOST, port)
        uvicorn.Server(config).run()
    installation.store.close()


def main() -> int:
    """Serve according to the settings and the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="meeting_pipeline.ui.server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workspace", type=Path, required=True)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also during the start
    log_as_configured()
    end_quickly()
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    try:
        serve(load_settings(), given.port, given.workspace)
    except KeyboardInterrupt:
        return 0
    except PipelineError as error:
        sys.stderr.write(f"Error: {error}\n")
        return _FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())

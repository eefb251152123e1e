"""The process of the HTTP service: one uvicorn server, which shuts down quickly and cleanly on request.

``up`` starts it as ``python -m meeting_pipeline.api.server``; ``meeting-pipeline serve`` runs it alone. Must not go here:
routes (``app.py``), which addresses it may listen on (``supervisor/bind_address.py``).
"""

import contextlib
import logging
import signal
import sys
from collections.abc import Generator
from types import FrameType

import uvicorn

from meeting_pipeline import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.streaming.uvicorn_protocol import limited_to, raise_file_limit
from meeting_pipeline.domain.errors import PipelineError, StoreUnavailable
from meeting_pipeline.foundation.logs import log_as_configured
from meeting_pipeline.foundation.private_files import write_privately
from meeting_pipeline.foundation.process_end import end_quickly
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.settings.reachability import exposed_by
from meeting_pipeline.supervisor.bind_address import address_of, listen, require_key_beyond_loopback

_log = logging.getLogger(__name__)
_FAILED = 2
"""Exit code: it could not start, for a reason that was printed."""


class _Server(uvicorn.Server):
    """A uvicorn server with its own signal handling, which tells the streams about a shutdown."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Make SIGTERM and SIGINT end the server, not the process, so that the server closes what it opened."""
        before = {number: signal.signal(number, self._end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._service.stopping.set()
        self.should_exit = True


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. The caller must have brought the database schema up to date.

    If the database is unavailable, the server keeps running and responds with 503.

    Raises: OperatorError ``api_key_needed``, ``port_in_use``, ``bad_address``, PermanentError ``bad_setting``.
    """
    installation = open_installation(settings, migrate=False)
    guarded = exposed_by(settings) is not None
    try:
        require_key_beyond_loopback(installation)
        open_to_all = not guarded and not installation.store.api_keys.any_in_force()
    except StoreUnavailable as error:  # requests without a key are refused too: they cannot check for keys either
        _log.warning("%s", error)
        open_to_all = False
    service = Service(installation, guarded=guarded)
    bound = listen(settings.api_host, settings.api_port)
    address = address_of(settings.api_host, bound.getsockname()[1])
    if open_to_all:
        _log.warning(
            "No key is required: %s is open to everybody on this machine, and to nobody else. To require a key: "
            "meeting-pipeline keys create",
            address,
        )
    config = uvicorn.Config(
        build_app(service),
        http=limited_to(raise_file_limit()),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=policies.API_STOP_SECONDS,
        ws="none",
    )
    _log.info("serving on %s", address)
    with bound:
        _Server(config, service).run(sockets=[bound])
    _log.info("ended")


def main() -> int:
    """Serve with the current settings; return the exit code."""
    write_privately()
    end_quickly()
    log_as_configured()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # we log start and end ourselves
    try:
        serve(load_settings())
    except PipelineError as error:
        sys.stderr.write(f"Error: {error}\n")
        return _FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())

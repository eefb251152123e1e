"""``meeting-pipeline up``: the whole system on this machine, until Ctrl-C or SIGTERM.

Must not go here: starting and stopping processes (``supervisor/``).
"""

import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import nullcontext
from types import FrameType
from typing import TYPE_CHECKING

import click
from sqlalchemy.exc import DBAPIError

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.foundation.logs import log_in_json
from meeting_pipeline.foundation.ownership import daemon_lock, note_owner, owning
from meeting_pipeline.foundation.private_files import close_at_start
from meeting_pipeline.home import make_home, require_stored_copies
from meeting_pipeline.insights.user_insights import load_user_insights
from meeting_pipeline.installation import open_installation
from meeting_pipeline.launching.fleet import require_shared_settings
from meeting_pipeline.settings import VARIABLES, Settings, fix_settings, load_settings
from meeting_pipeline.supervisor.bind_address import require_key_beyond_loopback
from meeting_pipeline.supervisor.supervisor import Supervisor
from meeting_pipeline.supervisor.waiting import wait_for_database
from meeting_pipeline.ui.addresses import addresses_of

if TYPE_CHECKING:
    from meeting_pipeline.launching.presence import Presence

_log = logging.getLogger(__name__)


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=None, help="Port of the UI on 127.0.0.1 (0: any free port)."
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of what `up` prints: text for people, or JSON lines as in the log files.",
)
def up(port: int | None, log_format: str) -> None:
    """Start the Dagster UI, the daemon, the sensors and the HTTP service, and keep them running.

    Ctrl-C or SIGTERM stops everything. Work in progress resumes at the next start.
    """
    say: Callable[[str], None] = click.echo
    if log_format == "json":
        log_in_json("up")
        say = _log.info
    else:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every call
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # process 1 of a container has no default handler for it
    fix_settings(os.environ)
    settings = load_settings()
    require_shared_settings(settings)
    host = socket.gethostname()
    is_new = (
        settings.database_url is None and not settings.database_file.exists() and not settings.dagster_home.exists()
    )
    make_home(settings)
    with owning(settings.home), daemon_lock(settings.home) as lock:
        close_at_start(settings.home, settings.drop_folder)
        os.environ[VARIABLES["home"]] = str(settings.home)
        if settings.drop_folder is not None:
            os.environ[VARIABLES["drop_folder"]] = str(settings.drop_folder)
        try:
            wait_for_database(settings)
        except KeyboardInterrupt:
            say("Stopped.")
            return
        require_stored_copies(settings)
        try:
            presence = _presence(settings)
        except KeyboardInterrupt:
            say("Stopped.")
            return
        beyond = addresses_of(settings.ui_port, settings.public_url).beyond_loopback
        told = _told_to_whom(settings)
        supervisor = Supervisor(settings, port, lock)
        # Links in webhooks lead to the running UI, unless the settings name a better address for it.
        os.environ.setdefault(VARIABLES["public_url"], supervisor.url)
        os.environ[VARIABLES["api_port"]] = str(supervisor.api_port)  # for links to the page

        def stop(_signal: int, _frame: FrameType | None) -> None:
            supervisor.end()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        shown = presence.shown(supervisor.end) if presence is not None else nullcontext()
        with shown:  # from before it starts runs, until it has stopped
            try:
                say(f"Starting on {settings.home} ...")
                for problem in load_user_insights(settings.home):
                    say(f"Left out of the insights: {problem}")
                supervisor.start(say)
                if not supervisor.stopping:
                    note_owner(settings.home, supervisor.url, supervisor.api_url)
                    ui_told = " (asks for a key; there is none yet)" if told and beyond else told
                    say(f"Dagster UI:  {supervisor.url}{ui_told}")
                    say(f"HTTP API and page: {supervisor.api_url}{told}")
                    say(f"Drop folder: {settings.inbox}")
                    say(f"Logs:        {settings.home / 'logs'}")
                    say("Ctrl-C stops everything.")
                    if not is_new:  # a home without a database and without Dagster's storage has nothing to compare
                        supervisor.reconcile()
                supervisor.watch()
            finally:
                say("Stopping ...")
                supervisor.stop()
                _release_leases(settings, host)
                say("Stopped.")
        if presence is not None and presence.difference is not None:
            raise presence.difference


def _presence(settings: Settings) -> "Presence | None":
    """Register what all machines must have in common, if there is a broker; what announces this machine while it is shown.

    Raises: OperatorError ``running_elsewhere``.
    """
    if settings.broker_url is None:
        return None
    from meeting_pipeline.launching.fleet import announcement
    from meeting_pipeline.launching.presence import Presence, require_alone
    from meeting_pipeline.launching.queue_launcher import QUEUE
    from meeting_pipeline.store.machines import CONTROL
    from meeting_pipeline.supervisor.queue import register_installation

    require_alone(settings)
    fleet = register_installation(settings)
    slots = settings.max_concurrent_runs
    found = announcement(fleet, name=CONTROL, role=CONTROL, queue=fleet.queue(QUEUE), slots=slots)
    return Presence(settings, found)


def _told_to_whom(settings: Settings) -> str:
    """The notice for a service that requires no key. Raises: OperatorError ``api_key_needed``."""
    opened = open_installation(settings)
    try:
        require_key_beyond_loopback(opened)
        return "" if opened.store.api_keys.any_in_force() else " (no key required; open to this machine only)"
    finally:
        opened.store.close()


def _release_leases(settings: Settings, host: str) -> None:
    """Record that this machine's workers were stopped: otherwise each stop would count as a lost worker.

    ``host``: the machine's name when the system started; it may have changed since.
    """
    try:
        opened = open_installation(settings)
        opened.store.leases.stopped(host, socket.gethostname())
        opened.store.close()
    except (PipelineError, DBAPIError) as error:  # their leases expire: that is noticed at the next start
        _log.warning("the work in progress could not be recorded: %s", type(error).__name__)

"""``meeting-pipeline up``: the whole system on this machine, until Ctrl-C, SIGTERM, or the end of its terminal.

It lives as long as the system and keeps little loaded: what needs the database happens in forks (``supervisor/preparation.py``).
Must not go here: starting and stopping processes (``supervisor/``).
"""

import errno
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from types import FrameType
from typing import TYPE_CHECKING, Final

import click

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.forked_call import call_in_fork
from meeting_pipeline.foundation.logs import log_in_json
from meeting_pipeline.foundation.ownership import daemon_lock, note_owner, owning
from meeting_pipeline.foundation.private_files import make_private_at_start
from meeting_pipeline.foundation.standard_streams import if_possible
from meeting_pipeline.home import make_home
from meeting_pipeline.settings import VARIABLES, Settings, fix_settings, load_settings
from meeting_pipeline.supervisor.preparation import Prepared, prepare, release_leases
from meeting_pipeline.supervisor.supervisor import Supervisor
from meeting_pipeline.ui.addresses import addresses_of

if TYPE_CHECKING:
    from meeting_pipeline.launching.presence import Presence

_log = logging.getLogger(__name__)
_NO_ROOM: Final = (
    "Look for a lack of memory, of processes (ulimit -u) or of disk space; then start it again. Nothing is lost."
)


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
    say = _log_as(log_format)
    _handle(signal.default_int_handler, _ending())  # process 1 of a container has no default handlers
    settings = _settings()
    # A home without a database and without Dagster's storage has nothing to compare.
    reconciles = settings.database_url is not None or settings.database_file.exists() or settings.dagster_home.exists()
    make_home(settings)
    with owning(settings.home), daemon_lock(settings.home) as lock:
        make_private_at_start(settings.home, settings.drop_folder, settings.inbox)
        _export_folders(settings)
        try:
            prepared = _prepared(settings)
            presence = _presence(settings)
        except KeyboardInterrupt:
            say("Stopped.")
            return
        supervisor = Supervisor(settings, port, lock)
        _export_addresses(supervisor)

        def stop(_signal: int, _frame: FrameType | None) -> None:
            supervisor.end()

        _handle(stop, [*_ending(), signal.SIGINT])
        shown = presence.shown(supervisor.end) if presence is not None else nullcontext()
        with shown:  # from before it starts runs, until it has stopped
            _run(supervisor, settings, prepared, say, reconciles=reconciles)
        if presence is not None and presence.difference is not None:
            raise presence.difference


def _settings() -> Settings:
    """The settings. Raises: OperatorError, also if there is a broker and they cannot be shared with its workers."""
    fix_settings(os.environ)
    settings = load_settings()
    if settings.broker_url is not None:
        from meeting_pipeline.launching.fleet import require_shared_settings

        require_shared_settings(settings)
    return settings


def _export_folders(settings: Settings) -> None:
    """Put the folders into the environment of the processes that are started."""
    os.environ[VARIABLES["home"]] = str(settings.home)
    if settings.drop_folder is not None:
        os.environ[VARIABLES["drop_folder"]] = str(settings.drop_folder)


def _export_addresses(supervisor: Supervisor) -> None:
    """Put the addresses for links in webhooks and to the page there; a better one for the UI in the settings stays."""
    os.environ.setdefault(VARIABLES["public_url"], supervisor.url)
    os.environ[VARIABLES["api_port"]] = str(supervisor.api_port)


def _run(
    supervisor: Supervisor, settings: Settings, prepared: Prepared, say: Callable[[str], None], *, reconciles: bool
) -> None:
    """Start everything, watch it until it ends, and stop it."""
    host = socket.gethostname()  # the machine may get another name meanwhile
    try:
        say(f"Starting on {settings.home} ...")
        for problem in prepared.left_out:
            say(f"Left out of the insights: {problem}")
        supervisor.start(say, reconciles=reconciles)
        if not supervisor.stopping:
            note_owner(settings.home, supervisor.url, supervisor.api_url)
            _print_addresses(say, settings, supervisor, prepared.notice)
        supervisor.watch()
    finally:
        say("Stopping ...")
        supervisor.stop()
        _release_leases(settings, host)
        say("Stopped.")


def _log_as(log_format: str) -> Callable[[str], None]:
    """Set up logging. Returns what tells the person who started it how things are."""
    if log_format == "json":
        log_in_json("up")
        return _log.info
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every call
    return if_possible(click.echo)


def _print_addresses(say: Callable[[str], None], settings: Settings, supervisor: Supervisor, notice: str) -> None:
    """Say where everything is. ``notice``: who may use it without a key."""
    beyond = addresses_of(settings.ui_port, settings.public_url).beyond_loopback
    ui_notice = " (requires a key; none exists yet)" if notice and beyond else notice
    say(f"Dagster UI:  {supervisor.url}{ui_notice}")
    say(f"HTTP API and page: {supervisor.api_url}{notice}")
    say(f"Drop folder: {settings.inbox}")
    say(f"Logs:        {settings.home / 'logs'}")
    say("Ctrl-C stops everything.")


def _prepared(settings: Settings) -> Prepared:
    """Prepare the start. Raises: OperatorError ``start_failed`` if the machine has no room for it; what ``prepare`` raises."""
    try:
        return call_in_fork(lambda: prepare(settings))
    except OSError as error:
        if not isinstance(error, ChildProcessError) and error.errno not in (errno.ENOMEM, errno.EAGAIN):
            raise
        raise OperatorError("start_failed", f"The start could not be prepared: {error}.", _NO_ROOM) from error


def _ending() -> list[signal.Signals]:
    """Signals that end it as Ctrl-C does."""
    nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGTERM] if nohup else [signal.SIGTERM, signal.SIGHUP]  # the second when its terminal is closed


def _handle(handler: Callable[[int, FrameType | None], object], numbers: Iterable[signal.Signals]) -> None:
    for number in numbers:
        signal.signal(number, handler)


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


def _release_leases(settings: Settings, host: str) -> None:
    announced = settings.broker_url is not None  # by a thread
    try:
        call_in_fork(lambda: release_leases(settings, host, socket.gethostname()), has_threads=announced)
    except OSError as error:  # no memory, no process: their leases expire
        _log.warning("the work in progress could not be recorded: %s", type(error).__name__)

"""``meeting-pipeline worker``: processes recordings that ``up`` on another machine, or this one, sends to a queue.

Must not go here: the worker's process (``launching/queue_worker.py``), what it executes (``launching/queue_app.py``).
"""

import logging
import os
import signal
from types import FrameType
from typing import TYPE_CHECKING

import click

from meeting_pipeline.launching.policies import QUEUE_WORKER_SLOTS

if TYPE_CHECKING:
    from meeting_pipeline.settings import Settings

_log = logging.getLogger(__name__)


@click.command()
@click.option("--queue", default="recordings", show_default=True, metavar="QUEUE", help="Queue to take runs from.")
@click.option(
    "--slots",
    type=click.IntRange(1, 64),
    default=QUEUE_WORKER_SLOTS,
    show_default=True,
    help="Runs in parallel. MEETING_PIPELINE_MAX_CONCURRENT_RUNS limits the runs of all workers together.",
)
def worker(queue: str, slots: int) -> None:
    """Process recordings that `up` sends to a Celery queue, until Ctrl-C or SIGTERM.

    Start as many workers as you need, on any machine that reaches the database and the broker. All need the same
    MEETING_PIPELINE_BROKER_URL, MEETING_PIPELINE_DATABASE_URL, keys and version of the program as `up`; each needs its own
    home. Logs are JSON lines on standard error. When a worker is stopped, its runs have a minute to finish; other workers
    take over the rest.

    If `up` is restarted with another version or other keys, the worker stops too, and refuses to start until it has the
    same.
    """
    from meeting_pipeline.foundation.logs import log_in_json
    from meeting_pipeline.foundation.private_files import make_private_at_start
    from meeting_pipeline.home import make_home
    from meeting_pipeline.launching.fleet import require_shared_settings
    from meeting_pipeline.settings import VARIABLES, fix_settings, load_settings
    from meeting_pipeline.supervisor.waiting import wait_for_database

    log_in_json("queue-worker")
    fix_settings(os.environ)
    settings = load_settings()
    _require_broker(settings)
    require_shared_settings(settings)
    make_home(settings)
    make_private_at_start(settings.home, settings.drop_folder, settings.inbox)
    os.environ[VARIABLES["home"]] = str(settings.home)
    try:
        wait_for_database(settings, migrate=False)
    except KeyboardInterrupt:
        return
    _work(settings, queue, slots)


def _work(settings: "Settings", queue: str, slots: int) -> None:
    """Execute runs until a signal, or until `up` differs from this worker. Raises: the OperatorError that says how."""
    from meeting_pipeline.launching.fleet import announcement
    from meeting_pipeline.launching.presence import Presence
    from meeting_pipeline.launching.queue_worker import QueueWorker, this_name
    from meeting_pipeline.store.machines import WORKER
    from meeting_pipeline.supervisor.queue import relay_as_json, worker_environment

    fleet, environment = worker_environment(settings)
    full_name, name = fleet.queue(queue), this_name()
    presence = Presence(settings, announcement(fleet, name=name, role=WORKER, queue=full_name, slots=slots))
    process = QueueWorker(settings, full_name, slots, environment, relay_as_json, presence.change)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        process.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    _log.info("worker %s takes up to %d runs at a time from %s", name, slots, full_name)
    with presence.shown(on_difference=process.stop):
        process.run()
    _log.info("worker %s has stopped", name)
    if presence.difference is not None:
        raise presence.difference


def _require_broker(settings: "Settings") -> None:
    from meeting_pipeline.domain.errors import OperatorError
    from meeting_pipeline.settings import VARIABLES

    if settings.broker_url is None:
        raise OperatorError(
            "no_broker",
            f"{VARIABLES['broker_url']} is not set: without a broker, `up` processes recordings itself.",
            "Set it to the address of a Redis or RabbitMQ server, here and for `up`: redis://HOST:6379/0",
        )

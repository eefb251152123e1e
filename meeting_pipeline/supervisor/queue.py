"""The start of an installation with a broker: ``up`` registers it, and workers check that they belong to it.

Must not go here: what must agree (``launching/fleet.py``), the worker (``launching/queue_worker.py``).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

import dagster as dg
import yaml

from meeting_pipeline.foundation.logs import PROCESS_VARIABLE
from meeting_pipeline.launching.fleet import Fleet, register, registered, require_same
from meeting_pipeline.launching.queue_app_variables import PRELOAD_VARIABLE
from meeting_pipeline.settings import Settings
from meeting_pipeline.supervisor.instance import inherited_environment, storage_environment, write_instance
from meeting_pipeline.supervisor.log_lines import Lines


def register_installation(settings: Settings) -> Fleet:
    """Register what all machines must have in common. The caller owns the home, and there is a broker."""
    with _instance(settings) as instance:
        return register(settings, instance)


def worker_environment(settings: Settings) -> tuple[Fleet, dict[str, str]]:
    """What this machine has in common with the others, and the environment of a worker's processes.

    Raises: OperatorError ``not_running``, ``other_code``, ``wrong_encryption_key``, ``wrong_signing_secret``.
    """
    with _instance(settings) as instance:
        fleet = require_same(settings, registered(instance))
    config = yaml.safe_load((settings.dagster_home / "dagster.yaml").read_text(encoding="utf-8"))
    environment = {
        **inherited_environment(os.environ),
        **storage_environment(settings),
        PROCESS_VARIABLE: "queue-worker",
        PRELOAD_VARIABLE: ",".join(config["run_launcher"]["config"]["preload_modules"]),
    }
    return fleet, environment


def relay_as_json(stream: IO[bytes]) -> None:
    """Print what a worker's processes print as one JSON object per line on standard error, until they have closed it."""
    lines = Lines("queue-worker")
    for line in stream:
        for record in lines.feed(line.decode("utf-8", "replace").rstrip("\n"), datetime.now(UTC)):
            print(record, file=sys.stderr, flush=True)  # noqa: T201 - the worker's log
    for record in lines.flush():
        print(record, file=sys.stderr, flush=True)  # noqa: T201 - the worker's log


@contextmanager
def _instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance of this home, which is not running yet."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    write_instance(settings)
    os.environ.update(storage_environment(settings))
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        yield instance

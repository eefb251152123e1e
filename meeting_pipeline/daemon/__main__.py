"""The process of the daemon: Dagster's daemons, three of them ours, and the waker.

`up` starts it as ``python -m meeting_pipeline.daemon --workspace FILE``; it does the same as ``dagster-daemon run``.
Must not go here: the loops (``sensor_daemon.py``, ``run_coordinator.py``, ``backfills.py``).
"""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.daemon.backfills import PromptBackfillDaemon
from meeting_pipeline.daemon.run_coordinator import WokenRunCoordinator
from meeting_pipeline.daemon.sensor_daemon import WokenSensorDaemon
from meeting_pipeline.daemon.wake_up import WakeUp
from meeting_pipeline.daemon.waker import Waker
from meeting_pipeline.dagster_internals import (
    BackfillDaemon,
    DagsterDaemon,
    QueuedRunCoordinatorDaemon,
    SensorDaemon,
    WorkspaceFileTarget,
    capture_interrupts,
    create_daemons_from_instance,
    daemon_controller_from_instance,
    get_instance_for_cli,
    set_code_server_interval,
)
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.foundation.private_files import write_privately
from meeting_pipeline.foundation.process_end import end_quickly
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import Settings, load_settings


def run(settings: Settings, workspace: Path) -> None:
    """Run until SIGTERM or SIGINT. Raises: KeyboardInterrupt."""
    sensors, coordinators, wakers = WakeUp(), list[WokenRunCoordinator](), list[Waker]()

    def wake_coordinator() -> None:
        for one in coordinators:
            one.wake()

    def resting(names: frozenset[str]) -> frozenset[str]:
        return wakers[0].resting(names) if wakers else frozenset()

    def daemons(instance: dg.DagsterInstance) -> Iterator[DagsterDaemon[Any]]:
        for daemon in create_daemons_from_instance(instance):
            if isinstance(daemon, SensorDaemon):
                yield WokenSensorDaemon(instance.get_sensor_settings(), sensors, wake_coordinator, resting)
            elif isinstance(daemon, QueuedRunCoordinatorDaemon):
                coordinators.append(WokenRunCoordinator(daemon.interval_seconds))
                yield coordinators[-1]
            elif isinstance(daemon, BackfillDaemon):
                yield PromptBackfillDaemon(instance.get_backfill_settings())
            else:
                yield daemon

    set_code_server_interval(shared_policies.CODE_SERVER_LOOK_SECONDS)
    with contextlib.ExitStack() as stack:
        stack.enter_context(capture_interrupts())
        instance = stack.enter_context(get_instance_for_cli())
        target = WorkspaceFileTarget(paths=[str(workspace)])
        controller = stack.enter_context(
            daemon_controller_from_instance(
                instance, workspace_load_target=target, gen_daemons=daemons, code_server_log_level="warning"
            )
        )
        if settings.wake_sensors == "on":
            wakers.append(_start_waker(settings, sensors, wake_coordinator))
            stack.callback(wakers[0].stop)
        controller.check_daemon_loop()


def _start_waker(settings: Settings, sensors: WakeUp, wake_coordinator: Callable[[], None]) -> Waker:
    """Raises: PipelineError. A database that is away is not an error: the waker waits for it."""
    waker = Waker(open_installation(settings, migrate=False), sensors, wake_coordinator)
    waker.start()
    return waker


def main(arguments: Sequence[str] | None = None) -> int:
    """Run according to the settings and the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="meeting_pipeline.daemon")
    parser.add_argument("--workspace", type=Path, required=True)
    given = parser.parse_args(arguments)
    write_privately()
    end_quickly()
    try:
        run(load_settings(), given.workspace)
    except KeyboardInterrupt:
        return 0
    except PipelineError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

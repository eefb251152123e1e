"""``python -m meeting_pipeline_tests.chaos.deaths``: seconds from a SIGKILL to the continued run, and to completion.

Three kinds of death, three times each: the run worker; code server and run worker together; everything, after which
``up`` is restarted immediately. It happens while the recording's insights are being extracted. Waits between attempts
are scaled, as in the scenarios; leases, heartbeats and sensors, which recovery depends on, are not.
Must not go here: assertions.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from meeting_pipeline_tests.chaos.faults_database import Server
from meeting_pipeline_tests.chaos.faults_processes import processes
from meeting_pipeline_tests.chaos.observer import plain
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

DEATHS = ("worker", "code server and worker", "everything")
TIMES = 3


def measure(system: System, death: str, number: int) -> tuple[float, float]:
    """Seconds from the death to the start of the next run, and to the recording's completion."""
    providers = system.outside.providers
    name = f"{death} {number}".replace(" ", "-")
    providers.fault("POST /v1/responses", "slow", times=-1, seconds=600)
    dropped = system.drop(f"{name}.wav", media.wav(f"{system.home} {name}"), hook=name)
    system.wait_for(lambda: system.recording(dropped).get("stage") == "extracting", "a run to ask the model")
    time.sleep(2)
    at = time.time()
    _kill(system, death)
    providers.clear_faults()
    if death == "everything":
        system.start()
    started = system.wait_for(lambda: _moment(system, dropped, "run_started", at), "the next run", 240)
    done = system.wait_for(lambda: _moment(system, dropped, "completed", at), "its completion", 240)
    assert len(system.outside.orders(dropped.sha256)) == 1
    return started - at, done - at


def _kill(system: System, death: str) -> None:
    if death == "everything":
        system.kill()
        return
    found = processes(system)
    for kind in ("code-server", "worker") if "code" in death else ("worker",):
        for process in found.get(kind, []):
            process.kill()


def _moment(system: System, dropped: Dropped, kind: str, after: float) -> float | None:
    moments = [plain("at", event["at"]) for event in system.events(system.key(dropped)) if event["type"] == kind]
    return next((moment for moment in moments if moment > after), None)


def _systems() -> Iterator[tuple[str, System]]:
    for database in sys.argv[1:] or ("sqlite", "postgres"):
        with contextlib.ExitStack() as stack:
            folder = Path(tempfile.mkdtemp(prefix="mpc-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            settings = {}
            if database == "postgres":
                server = Server()
                stack.callback(server.close)
                settings["MEETING_PIPELINE_DATABASE_URL"] = server.url
            system = System(folder / "home", stack.enter_context(Outside()), **settings)
            stack.callback(system.kill)
            yield database, system.start()


def main() -> None:
    """Print one line per measurement."""
    # The loopback server logs errors for requests whose clients were killed.
    logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
    for database, system in _systems():
        for death in DEATHS:
            for number in range(TIMES):
                started, done = measure(system, death, number)
                print(f"{database}: {death}: continued after {started:.1f} s, completed after {done:.1f} s", flush=True)  # noqa: T201 - it is a program


if __name__ == "__main__":
    main()

"""The process that imports the modules of all processes of a running system once, and is forked for each of them.

`up` starts it first. A fork shares the memory of all imported modules and starts in a fraction of a second; four processes that
each import Dagster take 3 s of CPU time each. Only first starts are forked: a process that is restarted later loads the current
code. When the system has started, this process becomes the fork server of the runs, for the daemon that was forked from it. It
has one thread and no connection, which a fork would break. Must not go here: which processes there are (``commands.py``), the
side of `up` (``prefork.py``).
"""

import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NoReturn

from sqlalchemy.orm import configure_mappers

import meeting_pipeline
from meeting_pipeline.dagster_internals import SERVICE_MODULES
from meeting_pipeline.foundation import quick_start
from meeting_pipeline.foundation.fork_memory import prepare_for_forks
from meeting_pipeline.foundation.parent_death import end_with_parent
from meeting_pipeline.foundation.private_files import UMASK
from meeting_pipeline.foundation.process_title import show_as
from meeting_pipeline.launching import server
from meeting_pipeline.launching.client import FORK_SERVER_VARIABLE
from meeting_pipeline.launching.sources import fingerprint
from meeting_pipeline.supervisor.prefork import PADDING_VARIABLE

IMPORTED: Final = (
    "meeting_pipeline.definitions",
    "meeting_pipeline.dagster_storage.sqlite_engines",
    "meeting_pipeline.dagster_storage.sqlite",
    "meeting_pipeline.api.app",
    "meeting_pipeline.daemon.run_coordinator",
    "meeting_pipeline.daemon.sensor_daemon",
    "meeting_pipeline.daemon.waker",
    "meeting_pipeline.providers.assemblyai",
    "meeting_pipeline.providers.local",
    "meeting_pipeline.providers.offline.speech_to_text",
    "meeting_pipeline.providers.openai_speech.adapter",
    "meeting_pipeline.providers.whisper.speech_to_text",
    "meeting_pipeline.ui.dagster_app",
    "meeting_pipeline.ui.guard",
    "anyio._backends._asyncio",
    "assemblyai",
    "httpx",
    "upath.implementations.local",
    "uvicorn",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.h11_impl",
    "uvloop",
)
"""What the processes import before they serve, found by comparing ``sys.modules`` of each with that of this process: whatever two
of them import is here, so that it is in memory once. Not their main modules, which are run as ``__main__``."""
_DESCRIPTORS: Final = 8
"""Descriptors that may come with one request: an output and those that the command inherits."""
_TURN_S: Final = 0.001
"""Between two looks whether the process in between has ended, which it does at once."""


def main(arguments: Sequence[str]) -> None:
    """Fork on request over the inherited socket whose descriptor is the first argument; in a fork, run the requested command."""
    quick_start.collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel, launcher = Connection(int(arguments[0])), int(arguments[1])
    for descriptor in (channel.fileno(), launcher):
        os.set_inheritable(descriptor, False)
    mark = fingerprint([Path(meeting_pipeline.__file__).parent])
    import_all()
    if others := [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]:
        raise RuntimeError(f"importing started threads, which a fork would lose: {sorted(others)}")
    prepare_for_forks()
    channel.send_bytes(b"{}")
    order = _serve(channel)
    if order is None:
        _become_fork_server([str(launcher), mark])
    os.close(launcher)
    quick_start.main(order["command"][len(quick_start.PREFIX) + 1 :])


def import_all() -> None:
    """Import what the forks need, and prepare our tables for queries. Raises: any exception of a module."""
    for module in IMPORTED:
        importlib.import_module(module)
    configure_mappers()  # otherwise each fork would with its first query, in 6 MB of private memory
    for module in SERVICE_MODULES:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(module)


def _serve(channel: Connection) -> dict[str, Any] | None:
    """Fork until `up` closes the connection. Returns the order in a fork, and nothing in this process."""
    while True:
        try:
            order: dict[str, Any] = json.loads(channel.recv_bytes())
            descriptors = _received(channel)
        except (EOFError, ConnectionResetError):
            return None
        try:
            pid = _fork()
        except OSError as error:  # no memory or no process slot left
            answer: dict[str, Any] = {"error": f"{type(error).__name__}: {error}"}
        else:
            if pid is None:
                channel.close()
                _become(order, descriptors)
                return order
            answer = {"pid": pid}
        for descriptor in descriptors:
            os.close(descriptor)
        with contextlib.suppress(BrokenPipeError):
            channel.send_bytes(json.dumps(answer).encode())


def _become_fork_server(arguments: Sequence[str]) -> NoReturn:
    command = quick_start.quickly(sys.executable, server.__name__, *arguments)
    show_as(command, {name: value for name, value in os.environ.items() if name != PADDING_VARIABLE})
    server.run(arguments)


def _received(channel: Connection) -> list[int]:
    with socket.socket(fileno=os.dup(channel.fileno())) as messages:
        return list(socket.recv_fds(messages, 1, _DESCRIPTORS)[1])


def _fork() -> int | None:
    """Fork a process whose parent becomes `up`, which adopts orphans: through one in between, which ends at once.

    Returns its process id here and nothing in the fork. Raises: OSError.
    """
    told, tells = os.pipe()
    try:
        between = os.fork()
    except OSError:
        os.close(told)
        os.close(tells)
        raise
    if between == 0:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            os._exit(1)
        if pid:
            os.write(tells, str(pid).encode())
            os._exit(0)
        os.close(told)
        os.close(tells)
        while os.getppid() == parent:
            time.sleep(_TURN_S)
        return None
    os.close(tells)
    os.waitpid(between, 0)
    words = os.read(told, 32)
    os.close(told)
    if not words:
        raise OSError("no second process")
    return int(words)


def _become(order: dict[str, Any], descriptors: Sequence[int]) -> None:
    """Make this fork the process that was asked for: as if its command had been started."""
    waits, output, *kept = descriptors  # locks stay open
    environment = order["environment"]
    if order["launches_by"] is not None:
        environment[FORK_SERVER_VARIABLE] = f"{kept[-1]}:{order['launches_by']}"
    if not os.read(waits, 1):  # `up` does not know of this process
        os._exit(1)
    os.setsid()
    os.umask(UMASK)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(waits)
    os.close(output)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    end_with_parent()
    if os.getppid() != order["parent"]:  # `up` has died meanwhile
        os._exit(1)
    sys.orig_argv[:] = order["command"]
    show_as(order["command"], environment)


if __name__ == "__main__":
    main(sys.argv[1:])

"""The fork server: a process that has loaded everything a run needs, and forks one worker per run.

It communicates with one launcher over one socket. When the launcher closes it, the server ends and running workers continue.
It has only one thread and no connection except to the launcher: other threads and connections would break in a fork. A
separate fork, the lease keeper, does the work that needs the database.

Belongs here: loading, forking, reaping. Must not go here: what a worker does (``worker_process.py``), or any state
that outlives the process: Dagster's storage is the source of truth about a run.
"""

import contextlib
import importlib
import json
import multiprocessing
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any, Final, NoReturn

from dagster import DagsterInstance, deserialize_value

from meeting_pipeline.dagster_internals import (
    PRELOADED_MODULES,
    InstanceRef,
    RepositoryPythonOrigin,
    recon_repository_from_origin,
)
from meeting_pipeline.dagster_storage.kept_engines import close_all
from meeting_pipeline.foundation.fork_memory import prepare_for_forks
from meeting_pipeline.foundation.workers import started_at
from meeting_pipeline.launching import worker_process
from meeting_pipeline.launching.policies import LAUNCH_REAP_SECONDS
from meeting_pipeline.launching.sources import fingerprint, source_roots

LOAD_BEFORE_FORKS: Final = "load_before_forks"
"""A preloaded module may have a function of this name, for what importing it does not load."""


class ForkServer:
    """Forks workers on request and reaps them.

    Args:
        channel: the connection to the launcher.
        keeps_leases: whether a lease keeper renews the workers' leases in this project's database.
    """

    def __init__(self, channel: Connection, *, keeps_leases: bool = False) -> None:
        self._channel = channel
        self._keeps_leases = keeps_leases
        self._keeper: tuple[ForkProcess, Connection] | None = None
        self._context = multiprocessing.get_context("fork")
        self._workers: dict[ForkProcess, dict[str, Any]] = {}
        self._undertakers: list[ForkProcess] = []

    def serve(self) -> None:
        """Fork workers until the launcher closes the connection."""
        while True:
            processes = [*self._workers, *self._undertakers]
            ready = wait(
                [self._channel, *(process.sentinel for process in processes)],
                timeout=LAUNCH_REAP_SECONDS if processes else None,
            )
            self._reap()
            if self._channel in ready:
                try:
                    order = json.loads(self._channel.recv_bytes())
                except (EOFError, ConnectionResetError):
                    return
                self._channel.send_bytes(json.dumps(self._fork(order)).encode())

    def _fork(self, order: dict[str, Any]) -> dict[str, Any]:
        process = self._context.Process(
            target=worker_process.execute_run,
            args=(self._channel, order["run_id"], order["instance"], order["environment"]),
            name=f"run-{order['run_id']}",
        )
        try:
            process.start()
        except OSError as error:  # no memory or no process slot left
            return {"error": f"{type(error).__name__}: {error}"}
        environment = order.pop("environment")
        self._workers[process] = order
        if self._keeps_leases:
            self._keep([process], environment)
        return {"pid": process.pid}

    def _keep(self, processes: list[ForkProcess], environment: dict[str, str]) -> None:
        """Pass these workers to the lease keeper. Without a keeper they renew their leases themselves, if they can."""
        if self._keeper is not None and not self._keeper[0].is_alive():
            self._keeper[1].close()
            self._keeper[0].close()
            self._keeper, processes = None, list(self._workers)
        with contextlib.suppress(OSError):  # no memory, or the keeper has just died: retried with the next worker
            if self._keeper is None:
                theirs, ours = multiprocessing.Pipe(duplex=False)
                with theirs:
                    keeper = self._context.Process(
                        target=_keep_leases, args=(self._channel, theirs, ours, environment), name="lease-keeper"
                    )
                    keeper.start()
                self._keeper = (keeper, ours)
            for process in processes:
                order = self._workers[process]
                worker = {"host": socket.gethostname(), "pid": process.pid, "started": started_at(process.pid or 0)}
                if worker["started"] is not None:
                    self._keeper[1].send_bytes(json.dumps({"run_id": order["run_id"], **worker}).encode())

    def _reap(self) -> None:
        for process in [process for process in self._undertakers if not process.is_alive()]:
            self._undertakers.remove(process)
            process.close()
        for process in [process for process in self._workers if not process.is_alive()]:
            order = self._workers.pop(process)
            if process.exitcode != 0:
                undertaker = self._context.Process(
                    target=worker_process.report_crash,
                    args=(self._channel, order["run_id"], order["instance"], process.pid, process.exitcode),
                )
                # If this fork fails too, run monitoring finds the dead worker at its next check.
                with contextlib.suppress(OSError):
                    undertaker.start()
                    self._undertakers.append(undertaker)
            process.close()


def _keep_leases(channel: Connection, orders: Connection, others_end: Connection, environment: dict[str, str]) -> None:
    others_end.close()  # so that the keeper notices the end of the fork server
    worker_process.keep_leases(channel, orders, environment)


def prepare(order: dict[str, Any], loaded: str | None = None) -> dict[str, Any]:
    """Load the code location, the storage and the extra modules, and leave no connection open.

    ``loaded``: the fingerprint of the code that this process has imported already.

    Raises: any exception of the code location at import, and ``RuntimeError`` if it started threads or was imported before it
        changed.
    """
    origin = deserialize_value(order["origin"], RepositoryPythonOrigin)
    roots = source_roots(origin.code_pointer)
    # Computed before the import: a file that is written during the import must count as changed afterwards.
    mark = fingerprint(roots)
    if loaded not in (None, mark):
        raise RuntimeError("the code has changed since it was imported")
    for module in order["preload_modules"]:
        load = getattr(importlib.import_module(module), LOAD_BEFORE_FORKS, None)
        if load is not None:
            try:
                load()
            except Exception:  # noqa: BLE001 - it only saves time: each worker loads for itself what is missing
                sys.stderr.write(f"fork server: {module} was not loaded completely\n{traceback.format_exc()}")
    for module in PRELOADED_MODULES:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(module)
    recon_repository_from_origin(origin).get_definition().get_all_jobs()
    with DagsterInstance.from_ref(deserialize_value(order["instance"], InstanceRef)) as instance:
        # Connects once and disconnects, so that the database driver and everything else that the storage needs is loaded.
        instance.get_runs(limit=1)
        _ = instance.compute_log_manager
    close_all()
    _refuse_threads()
    prepare_for_forks()
    return {"pid": os.getpid(), "roots": [str(root) for root in roots], "fingerprint": mark}


def _refuse_threads() -> None:
    others = sorted(thread.name for thread in threading.enumerate() if thread is not threading.main_thread())
    if others:
        raise RuntimeError(f"importing the code location started threads, which a fork would lose: {others}")
    tasks = Path("/proc/self/task")
    if tasks.is_dir() and (count := len(list(tasks.iterdir()))) > 1:
        sys.stderr.write(f"fork server: {count - 1} native threads are running; a fork loses them\n")


def main(arguments: Sequence[str]) -> int:
    """Serve the launcher on the inherited socket whose descriptor is the first argument.

    The second one, if there is one: the fingerprint of the code that this process has imported already.
    """
    descriptor, loaded = int(arguments[0]), arguments[1] if len(arguments) > 1 else None
    os.set_inheritable(descriptor, False)
    # The launcher ends this process by closing the socket; an interrupt is meant for another process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Connection(descriptor)
    order: dict[str, Any] = {}
    try:
        order = json.loads(channel.recv_bytes())
        answer = prepare(order, loaded)
    except EOFError:
        return 0
    except Exception:  # noqa: BLE001 -- boundary: any exception of the code location is reported to the launcher
        answer = {"error": traceback.format_exc()}
    with contextlib.suppress(BrokenPipeError):
        channel.send_bytes(json.dumps(answer).encode())
        if "error" not in answer:
            ForkServer(channel, keeps_leases=bool(order.get("keep_leases"))).serve()
            return 0
    return 1


def run(arguments: Sequence[str]) -> NoReturn:
    """Serve, then end this process."""
    status = main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: multiprocessing would then wait for the workers, and the server would outlive the daemon.
    os._exit(status)


if __name__ == "__main__":
    run(sys.argv[1:])

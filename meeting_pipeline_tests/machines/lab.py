"""Machines on one machine: each is a process tree with a home, a host name and a table of processes of its own.

They share PostgreSQL, Redis, the loopback providers and one folder of recordings, nothing else. Must not go here: expectations.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, Outside, System

_NAMESPACES = ("unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child")
ENCRYPTION_KEY = Fernet.generate_key().decode()


def require_machines() -> None:
    """Skip where there is no Redis, or where namespaces are refused."""
    if shutil.which("redis-server") is None:
        pytest.skip("there is no redis-server; Debian's package redis-server has it")
    if shutil.which("unshare") is None or subprocess.run([*_NAMESPACES, "true"], capture_output=True).returncode != 0:
        pytest.skip("namespaces of host names and processes are refused here")


class Redis:
    """A Redis server in memory: a restart empties it."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it empty, and wait until it accepts connections."""
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(
            ["redis-server", *options, "--dir", str(self._folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        import redis

        client = redis.Redis(port=self.port)
        deadline = time.monotonic() + 20
        while True:
            try:
                client.ping()
                client.close()
                return
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def kill(self) -> None:
        """End it at once; everything in it is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class WorkerMachine:
    """``meeting-pipeline worker`` on a machine of its own."""

    def __init__(self, name: str, control: System, folder: Path, slots: int = 2) -> None:
        self.name = name
        self.home = folder / name
        self.printed = folder / f"{name}.out"
        self._control = control
        self._slots = slots
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **settings: str) -> WorkerMachine:
        """Start it, and return at once."""
        program = Path(sys.executable).with_name("meeting-pipeline")
        script = f'hostname {self.name} && exec "{program}" worker --slots {self._slots}'
        with self.printed.open("ab") as output:
            self._process = subprocess.Popen(
                [*_NAMESPACES, "sh", "-c", script],
                env=self._control.environment({"MEETING_PIPELINE_HOME": str(self.home), **settings}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def wait_until_ready(self) -> None:
        """Wait until it takes runs."""
        self._control.wait_for(lambda: " ready." in self.output(), f"{self.name} to be ready\n{self.output()[-3000:]}")

    def output(self) -> str:
        """What it printed."""
        return self.printed.read_text(errors="replace") if self.printed.exists() else ""

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Wait until it has ended by itself; returns its exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def kill(self) -> None:
        """The whole machine loses its power: no process of it runs on."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Lab:
    """The control machine, workers, and what they share."""

    def __init__(self, control: System, redis: Redis, folder: Path, stack: ExitStack) -> None:
        self.control = control
        self.redis = redis
        self._folder = folder
        self._stack = stack

    def worker(self, name: str, slots: int = 2) -> WorkerMachine:
        """A worker machine, not started yet."""
        machine = WorkerMachine(name, self.control, self._folder, slots)
        self._stack.callback(machine.kill)
        return machine


@contextmanager
def opened_lab(folder: Path, database_url: str, port: int) -> Iterator[Lab]:
    """A running control machine and a broker, without workers."""
    with Outside() as outside, ExitStack() as stack:
        redis = Redis(port, folder)
        stack.callback(redis.kill)
        redis.start()
        control = System(
            folder / "control",
            outside,
            MEETING_PIPELINE_DATABASE_URL=database_url,
            MEETING_PIPELINE_BROKER_URL=redis.url,
            MEETING_PIPELINE_ENCRYPTION_KEY=ENCRYPTION_KEY,
            MEETING_PIPELINE_PUBLIC_URL="http://127.0.0.1:1",
            MEETING_PIPELINE_RECORDINGS=str(folder / "recordings"),
            MEETING_PIPELINE_BATCH_RECORDINGS="1",
        )
        control.slack = 1.2
        try:
            yield Lab(control.start(), redis, folder, stack)
        finally:
            for machine in folder.glob("*.out"):
                print(f"--- {machine.name}\n" + machine.read_text(errors="replace")[-2500:])  # noqa: T201
            control.kill()

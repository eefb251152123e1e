"""Machines on one machine: each is a process tree with a home, a host name and a table of processes of its own.

They share PostgreSQL, a broker, the loopback providers and one folder of recordings or a bucket, nothing else. Each worker
reaches them by cables that can be cut. Must not go here: the brokers (``brokers.py``), expectations.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from cryptography.fernet import Fernet

from meeting_pipeline_tests.machines.brokers import Broker
from meeting_pipeline_tests.machines.cables import Cables
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, Outside, System

_OVER_THE_NETWORK = (
    "MEETING_PIPELINE_DATABASE_URL",
    "MEETING_PIPELINE_BROKER_URL",
    "ASSEMBLYAI_BASE_URL",
    "OPENAI_BASE_URL",
    "MEETING_PIPELINE_STORAGE_ENDPOINT",
)
_NAMESPACES = ("unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child")
ENCRYPTION_KEY = Fernet.generate_key().decode()


def require_machines() -> None:
    """Skip where namespaces are refused."""
    if shutil.which("unshare") is None or subprocess.run([*_NAMESPACES, "true"], capture_output=True).returncode != 0:
        pytest.skip("namespaces of host names and processes are refused here")


class WorkerMachine:
    """``meeting-pipeline worker`` on a machine of its own."""

    def __init__(self, name: str, control: System, folder: Path, slots: int = 2) -> None:
        self.name = name
        self.home = folder / name
        self.printed = folder / f"{name}.out"
        self.cables = Cables()
        self._control = control
        self._slots = slots
        self._process: subprocess.Popen[bytes] | None = None
        self._by_cable: dict[str, str] = {}

    def start(self, **settings: str) -> WorkerMachine:
        """Start it, and return at once."""
        if not self._by_cable:
            here = self._control.settings
            self._by_cable = {name: self.cables.to(here[name]) for name in _OVER_THE_NETWORK if name in here}
        program = Path(sys.executable).with_name("meeting-pipeline")
        script = f'hostname {self.name} && exec "{program}" worker --slots {self._slots}'
        with self.printed.open("ab") as output:
            self._process = subprocess.Popen(
                [*_NAMESPACES, "sh", "-c", script],
                env=self._control.environment({"MEETING_PIPELINE_HOME": str(self.home), **self._by_cable, **settings}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    @property
    def pid(self) -> int:
        """The process at the top of its tree."""
        assert self._process is not None
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Wait until it takes runs."""
        self._control.wait_for(lambda: " ready." in self.output(), f"{self.name} to be ready\n{self.output()[-3000:]}")

    def output(self) -> str:
        """What it printed."""
        return self.printed.read_text(errors="replace") if self.printed.exists() else ""

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Wait until it has ended on its own; returns its exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def stop(self) -> None:
        """Ask it to end, as a service manager does, and wait until it has."""
        assert self._process is not None
        for process in psutil.Process(self._process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # a run has just ended
                words = process.cmdline()
                if "worker" in words and "celery" not in words:
                    process.send_signal(signal.SIGTERM)
        self.wait()

    def run_workers(self) -> list[psutil.Process]:
        """The processes that execute runs, and those that wait for one."""
        assert self._process is not None
        celery = [
            each for each in psutil.Process(self._process.pid).children(recursive=True) if "celery" in each.cmdline()
        ]
        parents = {each.ppid() for each in celery}
        return [each for each in celery if each.pid not in parents]

    def kill(self) -> None:
        """The whole machine loses its power: no process of it runs on."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Lab:
    """The control machine, workers, and what they share."""

    def __init__(self, control: System, broker: Broker, folder: Path, stack: ExitStack) -> None:
        self.control = control
        self.broker = broker
        self._folder = folder
        self._stack = stack

    def worker(self, name: str, slots: int = 2) -> WorkerMachine:
        """A worker machine, not started yet."""
        machine = WorkerMachine(name, self.control, self._folder, slots)
        self._stack.enter_context(machine.cables)
        self._stack.callback(machine.kill)
        return machine


@contextmanager
def opened_lab(folder: Path, database_url: str, broker: Broker, **settings: str) -> Iterator[Lab]:
    """A running control machine and a broker, without workers."""
    with Outside() as outside, ExitStack() as stack:
        stack.callback(broker.kill)
        broker.start()
        own = {
            "MEETING_PIPELINE_DATABASE_URL": database_url,
            "MEETING_PIPELINE_BROKER_URL": broker.url,
            "MEETING_PIPELINE_ENCRYPTION_KEY": ENCRYPTION_KEY,
            "MEETING_PIPELINE_PUBLIC_URL": "http://127.0.0.1:1",
            "MEETING_PIPELINE_RECORDINGS": str(folder / "recordings"),
            "MEETING_PIPELINE_BATCH_RECORDINGS": "1",
            "MEETING_PIPELINE_MAX_CONCURRENT_RUNS": "6",
        }
        control = System(folder / "control", outside, **{**own, **settings})
        control.slack = 1.2
        try:
            yield Lab(control.start(), broker, folder, stack)
        finally:
            for machine in folder.glob("*.out"):
                print(f"--- {machine.name}\n" + machine.read_text(errors="replace")[-2500:])  # noqa: T201
            control.kill()

"""A running Celery pipeline (``benchmarks/celery_anchor``): Redis, a worker, and submitting to it.

Must not go here: its tasks, and what both pipelines share.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.anchors.celery_environment import ROOT
from benchmarks.anchors.measure import Trees
from benchmarks.anchors.providers import Services
from meeting_pipeline_tests.scenario.media import wav

STOP_SECONDS = 10.0
START_SECONDS = 20.0


class CeleryPipeline:
    """``with CeleryPipeline(...) as celery``: running until the end, all of its processes stopped then."""

    def __init__(self, programs: Path, services: Services, slots: int) -> None:
        self.slots = slots
        self.services = services
        self._programs = programs
        self._stack = ExitStack()

    def __enter__(self) -> "CeleryPipeline":
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="celery-anchor-")))
            port = _free_port()
            log = stack.enter_context((self.folder / "log").open("ab"))
            redis = [
                "redis-server",
                "--port",
                str(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                str(self.folder),
            ]
            broker = stack.enter_context(_process(redis, self._environment(port), log))
            _wait_for_port(port)
            worker = [str(self._programs / "celery"), "-A", "benchmarks.celery_anchor.tasks", "worker", "-l", "WARNING"]
            top = stack.enter_context(_process(worker, self._environment(port), log))
            self.trees = Trees({"workers": top, "redis": broker})
            self.environment = self._environment(port)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _environment(self, port: int) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        return {
            **kept,
            **self.services.providers.environment(),
            "ANCHOR_REDIS": f"redis://127.0.0.1:{port}/0",
            "ANCHOR_DATABASE": f"sqlite:///{self.folder}/jobs.sqlite3",
            "ANCHOR_SLOTS": str(self.slots),
            "ANCHOR_WEBHOOKS": f"{self.services.receiver.url}/hook/",
        }

    def submit(self, name: str, count: int) -> tuple[float, float]:
        """Submit recordings with ids, and hooks, ``name-0`` and so on. Returns when it began and its CPU seconds."""
        ids = [f"{name}-{number}" for number in range(count)]
        for each in ids:
            (self.folder / f"{each}.wav").write_bytes(wav(f"{each}-{time.time()}"))
        return self._submit("process", str(self.folder), *ids)

    def remake(self, count: int) -> tuple[float, float]:
        """Have this many summaries made again. Something must have been processed before."""
        return self._submit("remake", str(count))

    def _submit(self, *words: str) -> tuple[float, float]:
        command = [str(self._programs / "python"), "-m", "benchmarks.celery_anchor.submit", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True, timeout=120
        )
        found = json.loads(done.stdout)
        return float(found["began"]), float(found["cpu_s"])


@contextmanager
def _process(command: Sequence[str], environment: dict[str, str], log: Any) -> Iterator[int]:
    """The id of a running process. At the end it gets SIGTERM; what is left of it after that is killed."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        yield process.pid
    finally:
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in family:
            if child.is_running():
                child.kill()
        psutil.wait_procs(family, timeout=STOP_SECONDS)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return

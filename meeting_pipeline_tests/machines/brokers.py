"""Brokers for the machines: real Redis and RabbitMQ servers on 127.0.0.1, which can die and forget.

Must not go here: the machines (``lab.py``), expectations.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from meeting_pipeline_tests.ports import free_port

START_SECONDS: Final = 300.0
"""RabbitMQ needs 5 to 10 s on an idle machine."""
_RABBIT: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The program itself: the one on the PATH changes the user, which only root may do."""


class Broker:
    """A server with its folder. Keeps on disk what it was told, so that only ``forget`` loses it."""

    url: str

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def require() -> None:
        """Skip the test where the server's program is missing."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it with what its folder holds, and wait until it answers."""
        raise NotImplementedError

    def kill(self) -> None:
        """End it at once, with everything that it started."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        """Remove what it has on disk, while it does not run."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, command: Sequence[str], environment: Mapping[str, str], ready: Callable[[], bool]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder.parent / f"{type(self).__name__}.out").open("ab") as output:
            self._process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            assert self._process.poll() is None, f"the broker ended at once, see {output.name}"
            assert time.monotonic() < deadline, f"the broker does not answer, see {output.name}"
            time.sleep(0.1)


class Redis(Broker):
    """A Redis server that writes each change to disk."""

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(port, folder)
        self.url = f"redis://127.0.0.1:{port}/0"

    @staticmethod
    def require() -> None:
        """Skip where there is no Redis."""
        if shutil.which("redis-server") is None:
            pytest.skip("there is no redis-server; Debian's package redis-server has it")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder))
        self._run(
            ["redis-server", *options, "--appendonly", "yes", "--appendfsync", "always"], os.environ, self._answers
        )

    def _answers(self) -> bool:
        import redis

        with redis.Redis(port=self.port) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


class RabbitMQ(Broker):
    """A RabbitMQ server. Its port mapper, which Erlang would leave behind, is started and ended with it."""

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(port, folder)
        self.url = f"amqp://guest:guest@127.0.0.1:{port}//"
        self._mapper_port, self._node_port = free_port(), free_port()
        self._mapper: subprocess.Popen[bytes] | None = None

    @staticmethod
    def require() -> None:
        """Skip where there is no RabbitMQ."""
        if not _RABBIT.exists() or shutil.which("epmd") is None:
            pytest.skip("there is no RabbitMQ; Debian's package rabbitmq-server has it")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        own = {
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._mapper_port),
            "RABBITMQ_NODENAME": "machines@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
        }
        if self._mapper is None:
            mapper = ["epmd", "-address", "127.0.0.1", "-port", str(self._mapper_port)]
            self._mapper = subprocess.Popen(mapper, stdin=subprocess.DEVNULL, start_new_session=True)
        self._run([str(_RABBIT)], {**os.environ, **own}, self._answers)

    def kill(self) -> None:
        """End it and its port mapper."""
        super().kill()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()
            self._mapper = None

    def _answers(self) -> bool:
        """It accepts connections some time before it answers: a header of an unknown protocol gets its own back."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as probe:
                probe.sendall(b"AMQP\x00\x00\x00\x00")
                return probe.recv(4) == b"AMQP"
        except OSError:
            return False

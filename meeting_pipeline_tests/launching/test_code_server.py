"""The process of the code server: it serves definitions, and ends when they have to be reloaded."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from meeting_pipeline.supervisor.commands import code_server
from meeting_pipeline_tests.packaging.installing import clean_environment

pytestmark = pytest.mark.processes

PATIENCE_S = 300.0
DEFINITIONS = "import dagster as dg\n\ndefs = dg.Definitions()\n"


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[bytes], grpc.Channel]]:
    """A code server as ``up`` starts it, but with other definitions: loading ours is no part of this."""
    (tmp_path / "some_definitions.py").write_text(request.param)
    with tempfile.TemporaryDirectory() as folder:  # the path of a socket must be short
        path = Path(folder) / "code.sock"
        words = ["some_definitions" if word == "meeting_pipeline.definitions" else word for word in code_server(path)]
        environment = {**clean_environment(tmp_path), "DAGSTER_HOME": str(tmp_path)}
        environment["PYTHONPATH"] = f"{tmp_path}:{Path.cwd()}"
        process = subprocess.Popen([sys.executable, *words], env=environment, cwd=tmp_path)
        try:
            until = time.monotonic() + PATIENCE_S
            while not _accepts(path):
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            with grpc.insecure_channel(f"unix:{path}") as channel:
                yield process, channel
        finally:
            process.kill()
            process.wait()


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def ask(channel: grpc.Channel, name: str) -> bytes:
    call = channel.unary_unary(f"/api.DagsterApi/{name}", request_serializer=bytes, response_deserializer=bytes)
    return bytes(call(b"", timeout=PATIENCE_S))


@pytest.mark.parametrize("served", [DEFINITIONS], indirect=True)
def test_it_serves_and_ends_when_definitions_are_to_be_loaded_anew(
    served: tuple[subprocess.Popen[bytes], grpc.Channel],
) -> None:
    process, channel = served
    ask(channel, "Ping")
    first = ask(channel, "GetServerId")
    assert first == ask(channel, "GetServerId")  # it would have changed if it had been started again
    ask(channel, "ReloadCode")
    assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("served", ["raise RuntimeError('odd')\n"], indirect=True)
def test_definitions_that_cannot_be_loaded_are_told_instead_of_ending_it(
    served: tuple[subprocess.Popen[bytes], grpc.Channel],
) -> None:
    process, channel = served
    assert b"RuntimeError: odd" in ask(channel, "ListRepositories")
    assert process.poll() is None

"""What long-lived processes of a running system have loaded: those that watch the others keep nothing that they do not need."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "alembic", "celery", "dagster", "dagster_graphql", "fastapi", "graphql", "httpx", "numpy", "openai", "pandas", "requests",
    "sqlalchemy", "starlette", "uvicorn",
}  # fmt: skip
"""Libraries of more than a few megabytes."""
OURS = {"meeting_pipeline.api", "meeting_pipeline.definitions", "meeting_pipeline.insights", "meeting_pipeline.store"}
PROGRAM = """
import importlib, json, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
print(json.dumps(sorted(sys.modules)))
"""


def loaded_with(*modules: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *modules], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("process", "also"),
    [
        ("meeting_pipeline.cli.up", {"grpc"}),
        ("meeting_pipeline.supervisor.prober", {"pydantic"}),
        ("meeting_pipeline.supervisor.log_writer", {"grpc", "psutil", "pydantic"}),
    ],
)
def test_a_process_that_only_watches_loads_nothing_heavy(process: str, also: set[str]) -> None:
    assert loaded_with(process) & (HEAVY | OURS | also) == set()


def test_what_the_services_serve_with_is_imported_before_they_are_forked() -> None:
    program = "from meeting_pipeline.supervisor.prefork_process import import_all; import_all(); print('done')"
    check = (
        f"{program}; import json, os, sys; print(json.dumps([len(os.listdir('/proc/self/task')), sorted(sys.modules)]))"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    threads, modules = json.loads(done.stdout.splitlines()[-1])
    assert {"grpc", "google.protobuf", "httpx", "assemblyai", "dagster._grpc.server", "uvloop"} <= set(modules)
    assert threads == 1, "a fork loses all other threads"

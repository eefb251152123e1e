"""What a queue worker has prepared before its first fork. Celery hides what fails there, and runs work without it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.settings import load_settings
from meeting_pipeline.supervisor.instance import storage_environment, write_instance

pytestmark = [pytest.mark.processes, pytest.mark.postgres]
PROGRAM = """
import gc, json, sys, threading
import psutil
from celery.signals import worker_init
from meeting_pipeline.launching import queue_app
worker_init.send(sender=None)
from meeting_pipeline.store.tables import Recording
print(json.dumps({
    "modules": sorted(sys.modules),
    "threads": threading.active_count(),
    "connections": len(psutil.Process().net_connections("tcp")),
    "frozen": gc.get_freeze_count(),
    "configured": Recording.__mapper__.configured,
}))
"""


def prepared(home: Path, database_url: str, preloads: str) -> tuple[dict[str, Any], str]:
    """The state of a worker before its first fork, and what it logged."""
    own = {"MEETING_PIPELINE_HOME": str(home), "MEETING_PIPELINE_DATABASE_URL": database_url}
    settings = load_settings(own)
    settings.dagster_home.mkdir(parents=True)
    write_instance(settings)
    environment = {**os.environ, **own, **storage_environment(settings), "MEETING_PIPELINE_WORKER_PRELOADS": preloads}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found, done.stderr


def test_a_worker_has_loaded_what_its_runs_need(tmp_path: Path, empty_postgres_url: str) -> None:
    found, logged = prepared(tmp_path, empty_postgres_url, "assemblyai,meeting_pipeline.providers.preloading")
    assert "not prepared" not in logged
    needed = {
        "meeting_pipeline.definitions",
        "meeting_pipeline.dagster_storage.postgres",
        "dagster_postgres",
        "psycopg2",
    }
    needed |= {"assemblyai", "openai", "pycparser", "upath.implementations.local"}
    assert needed - set(found["modules"]) == set()
    assert found["configured"], "otherwise each run configures all tables with its first query"
    assert found["frozen"] > 0, "otherwise each run copies the memory of all that is loaded"
    assert found["threads"] == 1, "a fork loses all other threads"
    assert found["connections"] == 0, "two processes must not share one"


def test_what_cannot_be_loaded_is_logged_and_the_rest_is_there(tmp_path: Path, empty_postgres_url: str) -> None:
    found, logged = prepared(tmp_path, empty_postgres_url, "no_such_module")
    assert "not prepared before the first run: no_such_module" in logged
    assert {"meeting_pipeline.definitions", "psycopg2"} <= set(found["modules"])

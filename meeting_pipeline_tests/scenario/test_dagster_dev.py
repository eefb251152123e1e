"""`dagster dev` started manually, without `up`: for developers, with the project's dagster.yaml and its launcher."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from meeting_pipeline_tests.api.serving import service_environment
from meeting_pipeline_tests.installations import TALK
from meeting_pipeline_tests.ports import free_port
from meeting_pipeline_tests.scenario.system import BUSY_STOP_SECONDS, END_SECONDS, PATIENCE_SECONDS, _end_with_the_tests

pytestmark = pytest.mark.scenario
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dev") / "home"


@pytest.fixture(scope="module")
def printed(others_at_work: None, home: Path) -> Iterator[Path]:
    """The output of `dagster dev` while it runs on an installation that has never been started."""
    instance = home.parent / "instance"
    instance.mkdir()
    shutil.copy(ROOT / "dagster.yaml", instance)
    (home / "inbox").mkdir(parents=True)
    environment = service_environment(home, {"DAGSTER_HOME": str(instance), "MEETING_PIPELINE_TIME_SCALE": "0.02"})
    port = free_port()
    log = home.parent / "dev.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster", "dev", "-m", "meeting_pipeline.definitions", "--port", str(port)],
            cwd=home.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_the_tests,
        )
    try:
        yield log
    finally:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        process.send_signal(signal.SIGINT)
        for left in psutil.wait_procs(family, timeout=BUSY_STOP_SECONDS)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()
        process.wait(END_SECONDS)


def test_a_dropped_export_becomes_minutes(printed: Path, home: Path) -> None:
    (home / "inbox" / ".part").write_text(TALK)
    (home / "inbox" / ".part").rename(home / "inbox" / "weekly.vtt")
    database = sa.create_engine(f"sqlite:///file:{home / 'meetings.sqlite3'}?mode=ro&uri=true")
    ends = time.monotonic() + 2 * PATIENCE_SECONDS
    found: list[str] = []
    while found != ["completed"] and time.monotonic() < ends:
        time.sleep(0.5)
        if not (home / "meetings.sqlite3").exists():
            continue
        try:
            with database.connect() as connection:
                found = list(connection.scalars(sa.text("SELECT status FROM recordings")))
        except sa.exc.OperationalError:  # the tables are still being created
            continue
    database.dispose()
    assert found == ["completed"], printed.read_text(errors="replace")[-5000:]
    (minutes,) = home.glob("recordings/*/minutes.md")
    assert "release in two steps" in minutes.read_text(encoding="utf-8")


def test_its_code_location_is_loaded_without_an_error(printed: Path, home: Path) -> None:
    said = printed.read_text(errors="replace")
    assert "Traceback" not in said, said[-5000:]

"""The wheel in a fresh environment is complete and works in an empty folder without a checkout."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import pytest

from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.packaging.installing import ROOT, build_wheel, clean_environment, install
from meeting_pipeline_tests.scenario.system import BUSY_STOP_SECONDS, _end_with_the_tests

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(3600)]
BUSY_SECONDS = 1200.0
"""Time limit of the demo on a busy machine; it takes about a minute on an idle one."""
START_SECONDS = 600.0
T = TypeVar("T")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(wheel, tmp_path_factory.mktemp("installed") / "env")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_every_file_of_the_package_is_in_it_and_the_instance_file_too(wheel: Path) -> None:
    package = ROOT / "meeting_pipeline"
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    with zipfile.ZipFile(wheel) as opened:
        inside = {name for name in opened.namelist() if ".dist-info/" not in name}
        instance = opened.read("meeting_pipeline/supervisor/dagster.yaml")
        licences = [name for name in opened.namelist() if name.endswith("/licenses/LICENSE")]
    assert inside == {str(path.relative_to(ROOT)) for path in files} | {"meeting_pipeline/supervisor/dagster.yaml"}
    assert instance == (ROOT / "dagster.yaml").read_bytes()
    assert len(licences) == 1


def test_the_package_that_runs_is_the_installed_one(programs: Path, empty: Path) -> None:
    code = "import meeting_pipeline, dagster; print(meeting_pipeline.__file__)"
    command = [str(programs / "python"), "-c", code]
    done = subprocess.run(command, cwd=empty, env=clean_environment(empty), capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(programs.parent)


def test_the_demo_runs_from_an_empty_folder_and_says_nothing_twice(programs: Path, empty: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    temporary.mkdir()
    command = [str(programs / "meeting-pipeline"), "demo", "--timeout", str(BUSY_SECONDS)]
    environment = {**clean_environment(tmp_path), "TMPDIR": str(temporary)}
    done = subprocess.run(
        command, cwd=empty, env=environment, capture_output=True, text=True, timeout=1.4 * BUSY_SECONDS, check=False
    )
    out = done.stdout
    assert done.returncode == 0, out + done.stderr
    assert out.count("(secret and signature ok)") == 3
    assert "Weekly planning meeting\n=======================" in out
    assert "Action items of the script of meeting.webm: 4 of 4 found." in out
    assert out.lower().count("draft") == 1, "the warning stands once"
    minutes = out.split("━━ MINUTES")[1]
    assert re.findall(r"^(.+)\n-+\n\n?(?=.+\n[-=]+\n|━|\Z)", minutes, re.MULTILINE) == [], "no heading without a text"
    for part in re.split(r"^Review\n=+$", out, flags=re.MULTILINE):  # the second meeting
        said = Counter(line.strip() for line in part.splitlines() if len(line.strip()) > len("Label A, confidence"))
        assert [line for line, times in said.items() if times > 1 and not line.startswith(("Owner:", "Due:"))] == []
    assert list(empty.iterdir()) == []
    assert list(temporary.iterdir()) == [], "a demo that worked leaves nothing behind"


@pytest.fixture
def running(programs: Path, empty: Path) -> Iterator[tuple[psutil.Process, Path]]:
    """``up`` in the empty folder. ``scenario/test_orphans.py`` runs it as process 1, as in a container."""
    log = empty.parent / "up.log"
    with log.open("wb") as output:
        started = subprocess.Popen(
            [str(programs / "meeting-pipeline"), "up"],
            cwd=empty,
            env=clean_environment(empty.parent),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_the_tests,
        )
    process = psutil.Process(started.pid)
    try:
        yield process, log
    finally:
        for one in [*process.children(recursive=True), process] if process.is_running() else []:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        started.kill()
        started.wait()


def wait_for(look: Callable[[], T | None], log: Path) -> T:
    """Wait until ``look`` returns a result, and return it."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise AssertionError(log.read_text(errors="replace")[-5000:])


def test_up_gets_ready_in_an_empty_folder_and_ends_when_asked(
    running: tuple[psutil.Process, Path], empty: Path
) -> None:
    process, log = running
    note = empty / "var" / "up.json"
    url = wait_for(lambda: json.loads(note.read_text())["api_url"] if note.exists() else None, log)
    with httpx.Client(base_url=url, trust_env=False, timeout=120) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200 or None, log)
        assert client.get("/").status_code == 200
        assert client.get("/page/app.js").status_code == 200
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    process.wait(4 * BUSY_STOP_SECONDS)
    assert in_time(time.monotonic() - began, BUSY_STOP_SECONDS)
    assert log.read_text().endswith("Stopped.\n"), log.read_text()
    assert [path.name for path in empty.iterdir()] == ["var"]

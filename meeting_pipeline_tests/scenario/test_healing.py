"""Parts of a running system stop working one after the other: within about a minute it recovers without human help.

One system, on a separate home. Each fault is followed by a recording that must complete.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import yaml

from meeting_pipeline.supervisor.health import noted_health
from meeting_pipeline_tests.processes import has_ended
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.freezing import freeze
from meeting_pipeline_tests.scenario.parts import CODE, HEALED_SECONDS, part_of, processes
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

pytestmark = pytest.mark.scenario
ANSWER_SECONDS = 30.0
"""Timeout of one request; a busy machine takes seconds."""


@pytest.fixture(scope="module")
def home(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with Outside() as outside:
        system = System(tmp_path_factory.mktemp("healing") / "home", outside)
        try:
            yield system
        finally:
            system.kill()


def drop(system: System, name: str) -> Dropped:
    return system.drop(f"{name}.wav", media.wav(f"healing: {name}"), hook=name, title=f"Healing {name}")


def completes(system: System, name: str) -> None:
    dropped = drop(system, name)
    system.wait_until_over(dropped, seconds=HEALED_SECONDS)
    assert system.recording(dropped)["status"] == "completed"


@pytest.fixture(scope="module")
def started(home: System) -> System:
    """A started system whose code server was killed three times during the start."""
    home.begin()
    killed: set[int] = set()
    deadline = time.monotonic() + HEALED_SECONDS
    while len(killed) < 3 and time.monotonic() < deadline:
        assert not home.process_ended(), home.output()
        for process in processes(home, CODE):
            if process.pid not in killed:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
                    killed.add(process.pid)
        time.sleep(0.1)
    assert len(killed) == 3
    return home.wait_until_started()


def test_a_code_server_that_is_killed_again_and_again_delays_the_start(started: System) -> None:
    assert "code-server ended with -9" in started.output()
    completes(started, "start")


def test_the_sockets_are_below_the_home_and_private(started: System) -> None:
    folder = socket_of(started).parent
    assert folder.stat().st_mode & 0o077 == 0
    assert socket_of(started).is_socket()


def socket_of(system: System) -> Path:
    [location] = yaml.safe_load((system.home / "dagster" / "workspace.yaml").read_text())["load_from"]
    return Path(location["grpc_server"]["socket"])


def test_a_socket_folder_that_is_removed_is_made_again(started: System) -> None:
    shutil.rmtree(socket_of(started).parent)
    completes(started, "folder")
    started.wait_for(lambda: "the socket folder" in started.output(), "the folder to be made again", HEALED_SECONDS)


@pytest.mark.parametrize("part", ["code-server", "daemon", "webserver", "http-service", "relay"])
def test_a_part_that_is_frozen_is_replaced(started: System, part: str) -> None:
    frozen = part_of(started, part)
    freeze(started, frozen.pid)
    started.wait_for(lambda: has_ended(frozen), f"{part} to be replaced", HEALED_SECONDS)
    completes(started, f"frozen-{part}")
    for url in (f"{started.ui.url}/server_info", f"{started.api_url}/healthz"):
        started.wait_for(lambda url=url: answers(url), f"{url} to answer", HEALED_SECONDS)  # type: ignore[misc]  # bound


def answers(url: str) -> bool:
    return answer_of(url)[0] == 200


def answer_of(url: str) -> tuple[int, str]:
    """Status and text of a response; zero while nobody answers."""
    try:
        answer = httpx.get(url, timeout=ANSWER_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return 0, ""
    return answer.status_code, answer.text


def doctor(system: System) -> str:
    """What the command says."""
    command = system.quick_command("doctor")
    return subprocess.run(command, env=system.environment(), capture_output=True, text=True).stdout


def is_not_ready(url: str) -> str | None:
    """What a service says that is alive and not ready. One that does not answer in time says nothing."""
    status, text = answer_of(url)
    return text if status == 503 else None


def test_reloading_the_definitions_in_the_ui_starts_another_code_server(started: System) -> None:
    before = part_of(started, "code-server")
    found = started.ui.ask(
        """mutation { reloadRepositoryLocation(repositoryLocationName: "meeting_pipeline") { __typename } }"""
    )
    assert "reloadRepositoryLocation" in found
    started.wait_for(lambda: has_ended(before), "the code server to end", HEALED_SECONDS)
    completes(started, "reloaded")


def test_what_was_healed_is_counted_and_nothing_is_wrong_any_more(started: System) -> None:
    started.wait_for(lambda: (found := noted_health(started.home)) and not found.faults, "all to work", HEALED_SECONDS)
    health = noted_health(started.home)
    assert health is not None
    assert sum(health.restarts.values()) >= 1
    assert set(health.working) >= {"code-server", "daemon", "webserver", "http-service"}
    started.wait_for(lambda: answers(f"{started.api_url}/readyz"), "it to be ready", HEALED_SECONDS)
    started.wait_for(lambda: answers(f"{started.api_url}/metrics"), "the metrics")
    _, metrics = answer_of(f"{started.api_url}/metrics")
    assert 'meeting_pipeline_part_restarts_total{part="daemon"}' in metrics


def test_doctor_and_readiness_say_that_up_itself_is_frozen(started: System) -> None:
    """`up` is the only part that nothing restarts."""
    assert started.process is not None
    started.process.send_signal(signal.SIGSTOP)
    try:
        said = started.wait_for(lambda: is_not_ready(f"{started.api_url}/readyz"), "not to be ready", HEALED_SECONDS)
        assert "parts" in said
        wrong = "FAIL system: Not working: up: "
        started.wait_for(lambda: wrong in doctor(started), "doctor to say so", HEALED_SECONDS)
    finally:
        started.process.send_signal(signal.SIGCONT)
    started.wait_for(lambda: answers(f"{started.api_url}/readyz"), "it to be ready again", HEALED_SECONDS)

"""The worker tag, and telling processes apart."""

import os
import subprocess
import sys

import pytest

from meeting_pipeline.foundation.workers import Worker, parse_worker, started_at, this_worker


def test_a_worker_is_found_again_by_its_tag() -> None:
    worker = this_worker()
    again = parse_worker(str(worker))
    assert again == worker
    assert again is not None
    assert again.pid == os.getpid()
    assert again.is_local
    assert again.is_alive


@pytest.mark.parametrize("tag", [None, "", "host", "host:12", "host:12:", "host:twelve:1", ":12:1"])
def test_a_tag_that_is_not_ours_is_no_worker(tag: str | None) -> None:
    assert parse_worker(tag) is None


def test_a_later_process_with_the_same_pid_is_not_the_worker() -> None:
    worker = this_worker()
    assert not Worker(worker.host, worker.pid, "1@00000000").is_alive


def test_a_worker_of_another_host_is_not_local() -> None:
    assert not Worker("elsewhere", os.getpid(), "1").is_local


def test_a_worker_of_another_machine_with_the_same_name_is_not_local() -> None:
    here = this_worker()
    assert not Worker(here.host, here.pid, "1@00000000.4026531836").is_local, (
        "its process cannot be seen, so it is not dead"
    )
    assert Worker(here.host, here.pid, "1").is_local, "without a table of processes, the name is all there is"


def test_a_dead_process_that_nobody_reaped_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert started_at(process.pid) is not None
        assert process.stdin is not None
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert started_at(process.pid) is None
    assert started_at(process.pid) is None

"""The CPU time of a test includes that of the processes that it starts."""

import subprocess
import sys

import pytest

from meeting_pipeline_tests.measuring_cpu import SHOWN, table, used

BUSY = "import time\nwhile time.process_time() < 0.3: pass"


@pytest.mark.processes
def test_the_time_of_a_child_counts_when_it_has_been_reaped() -> None:
    before = used()
    subprocess.run([sys.executable, "-c", BUSY], check=True, timeout=300)
    assert used() - before >= 0.25


@pytest.mark.processes
def test_the_time_of_a_child_counts_while_it_runs() -> None:
    before = used()
    program = f"{BUSY}\nprint('done', flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert used() - before >= 0.25


def test_modules_and_phases_are_listed_with_the_largest_first() -> None:
    spent = {("a.py::one", "setup"): 2.0, ("a.py::one", "call"): 0.5, ("b.py::two", "call"): 4.0}
    assert table(spent) == [
        "     6.5  all tests",
        "",
        "     4.0  b.py",
        "     2.5  a.py",
        "",
        "     4.0  call     b.py::two",
        "     2.0  setup    a.py::one",
        "     0.5  call     a.py::one",
    ]
    many = {(f"m.py::{number}", "call"): float(number) for number in range(2 * SHOWN)}
    assert len(table(many)) == 1 + 2 + 1 + SHOWN

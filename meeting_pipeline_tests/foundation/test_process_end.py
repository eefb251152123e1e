"""A process ends without collecting garbage once more, and runs its exit handlers all the same."""

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, gc, sys
from meeting_pipeline.foundation.process_end import end_quickly

def report():
    sys.stdout.write(f"{'frozen' if gc.get_freeze_count() > 1000 else 'not frozen'} ")

atexit.register(lambda: sys.stdout.write("registered before"))
if sys.argv[1] == "early":
    atexit.register(report)
end_quickly()
end_quickly()
if sys.argv[1] == "late":
    atexit.register(report)
"""


@pytest.mark.processes
@pytest.mark.parametrize(
    ("when", "printed"), [("early", "frozen registered before"), ("late", "not frozen registered before")]
)
def test_objects_are_frozen_at_the_end_and_not_before(when: str, printed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, when], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout == printed

"""A fork does not write into the memory that it shares with the process that it was forked from, unless it must."""

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.processes
PROGRAM = """
import gc, json, sys
from meeting_pipeline.foundation.fork_memory import prepare_for_forks

objects = [(float(number),) for number in range(200_000)]
del objects[::2]
holes = [id(one) for one in objects[::2]]
del objects[::2]
if sys.argv[1] == "prepared":
    prepare_for_forks()
holes = set(holes)
made = [(float(number),) for number in range(20_000)]
print(json.dumps({"in_holes": sum(id(one) in holes for one in made), "frozen": gc.get_freeze_count()}))
"""


def result(how: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_new_objects_are_not_put_between_old_ones() -> None:
    assert result("unprepared")["in_holes"] > 1_000
    assert result("prepared")["in_holes"] < 100


def test_the_collector_does_not_touch_what_was_there_before() -> None:
    assert result("prepared")["frozen"] > 10_000

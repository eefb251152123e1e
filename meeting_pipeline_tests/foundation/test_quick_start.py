"""A module is run as ``python -m`` runs it, with a collector that looks for garbage rarely."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from meeting_pipeline.foundation.quick_start import NEW_OBJECTS, collect_rarely, quickly

PROGRAM = """
import atexit, gc, sys
sys.stdout.write(f"{__name__} {sys.argv[0].endswith('shown.py')} {sys.argv[1:]} {gc.get_threshold()[0]} ")
sys.stdout.write(f"{sys.modules['__main__'].__spec__.name} {gc.get_freeze_count()}")
sys.exit(7)
"""


@pytest.mark.processes
def test_a_module_is_the_main_program_with_its_arguments_and_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "shown.py").write_text(PROGRAM)
    command = quickly(sys.executable, "shown", "--port", "0")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.stdout == f"__main__ True ['--port', '0'] {NEW_OBJECTS} shown 0", done.stderr
    assert done.returncode == 7


def test_the_collector_still_looks_for_garbage() -> None:
    before = gc.get_threshold()
    try:
        collect_rarely()
        assert gc.isenabled()
        assert gc.get_threshold()[0] == NEW_OBJECTS
    finally:
        gc.set_threshold(*before)

"""Whatever becomes of the standard streams, the process continues, and no file is taken for one of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from meeting_pipeline.foundation.standard_streams import if_possible

pytestmark = pytest.mark.processes
OPENS = """
import os, sys
from meeting_pipeline.foundation.standard_streams import open_closed_streams
open_closed_streams()
with open(sys.argv[1], "w") as file:
    assert file.fileno() > 2, file.fileno()
    print("words", flush=True)
    print("words", file=sys.stderr, flush=True)
    os.system("echo words; echo words >&2")
    assert sys.stdin is not None
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_file_is_never_opened_in_place_of_a_closed_stream(closed: str, tmp_path: Path) -> None:
    file = tmp_path / "database"
    shell = f'exec "$0" "$@" {closed}'
    done = subprocess.run(
        ["bash", "-c", shell, sys.executable, "-c", OPENS, str(file)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert file.read_bytes() == b""


def test_a_line_that_nobody_can_read_is_lost_and_ends_nothing() -> None:
    heard: list[str] = []

    def say(line: str) -> None:
        if line == "lost":
            raise BrokenPipeError
        heard.append(line)

    told = if_possible(say)
    told("lost")
    told("heard")
    assert heard == ["heard"]

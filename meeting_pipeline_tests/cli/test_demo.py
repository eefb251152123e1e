"""`demo` prints before it imports the system, and after a failure keeps the files that it tells people to read."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from meeting_pipeline.cli import main
from meeting_pipeline.demo import run as plot
from meeting_pipeline.domain.errors import OperatorError

FIRST_LINE = """
import sys
import click
from meeting_pipeline.cli import main

def first(line):
    print(line)
    print(sorted({"dagster", "sqlalchemy", "pydantic", "alembic", "httpx"} & set(sys.modules)))
    sys.exit(9)

click.echo = first
main(["demo"])
"""


def test_the_first_line_comes_before_the_system_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_LINE], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 9, done.stderr
    assert done.stdout.splitlines()[0].startswith("Starting the real system")
    assert done.stdout.splitlines()[1] == "[]"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Callable[[Path], bool]], Result]:
    """The command with a replaced plot. Its home is created in this test's folder."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def call(outcome: Callable[[Path], bool]) -> Result:
        def run_demo(home: Path, *_: Any, **__: Any) -> bool:
            (home / "up.log").write_text("what up printed")
            return outcome(home)

        monkeypatch.setattr(plot, "run_demo", run_demo)
        return CliRunner().invoke(main, ["demo"])

    return call


def failing(_home: Path) -> bool:
    raise OperatorError("start_failed", "The system did not come up.", "Read the logs.")


def interrupted(_home: Path) -> bool:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("outcome", "code"), [(lambda _home: False, 1), (failing, 2)])
def test_a_failure_keeps_the_folder_and_names_it(
    demo: Callable[[Callable[[Path], bool]], Result], tmp_path: Path, outcome: Callable[[Path], bool], code: int
) -> None:
    result = demo(outcome)
    assert result.exit_code == code
    (home,) = tmp_path.iterdir()
    assert f"Kept: {home} " in result.output
    assert (home / "up.log").read_text() == "what up printed"


@pytest.mark.parametrize("outcome", [lambda _home: True, interrupted])
def test_success_and_ctrl_c_leave_nothing(
    demo: Callable[[Callable[[Path], bool]], Result], tmp_path: Path, outcome: Callable[[Path], bool]
) -> None:
    result = demo(outcome)
    assert "Kept" not in result.output
    assert list(tmp_path.iterdir()) == []

"""A test that failed beside others is run again on its own; everything else that failed fails the run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from meeting_pipeline_tests.unstable import A_FEW, NAMES, main, on_their_own


def lanes(folder: Path, **failed: list[str]) -> Path:
    """Lanes as `make test` leaves them."""
    for name in NAMES:
        cache = folder / name / "v" / "cache"
        cache.mkdir(parents=True)
        tests = failed.get(name, [])
        (folder / name / "code").write_text("1\n" if tests else "0\n")
        if tests:
            (cache / "lastfailed").write_text(json.dumps(dict.fromkeys(tests, True)))
    return folder


class Runs:
    """Notes what is run again, and answers in turn."""

    def __init__(self, *answers: bool) -> None:
        self.tests: list[list[str]] = []
        self._answers = list(answers)

    def __call__(self, tests: Sequence[str]) -> bool:
        self.tests.append([*tests])
        return self._answers.pop(0)


def test_those_that_pass_twice_on_their_own_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = Runs(True, True)
    found = lanes(tmp_path, units=["test_a.py::test_b[x@y]"], scenarios=["test_c.py::test_d[1]@plain"])
    assert main(found, again) == 0
    assert again.tests == [["test_a.py::test_b[x@y]", "test_c.py::test_d[1]"]] * 2
    assert capsys.readouterr().out.endswith("  test_a.py::test_b[x@y]\n  test_c.py::test_d[1]\n")


@pytest.mark.parametrize("answers", [[False], [True, False]])
def test_one_that_fails_again_fails_the_run(tmp_path: Path, answers: list[bool]) -> None:
    assert main(lanes(tmp_path, units=["test_a.py::test_b"]), Runs(*answers)) == 1


def test_many_failures_are_not_run_again(tmp_path: Path) -> None:
    assert main(lanes(tmp_path, units=[f"test_a.py::test_{number}" for number in range(A_FEW + 1)]), Runs()) == 1


def test_a_run_in_which_something_else_failed_fails(tmp_path: Path) -> None:
    assert main(lanes(tmp_path), Runs()) == 1


@pytest.mark.parametrize("code", ["2", "3", "-9", "", None])
def test_a_lane_that_did_not_end_fails_the_run(tmp_path: Path, code: str | None) -> None:
    found = lanes(tmp_path, units=["test_a.py::test_b"])
    (found / "scenarios" / "code").unlink()
    if code is not None:
        (found / "scenarios" / "code").write_text(code)
    assert main(found, Runs()) == 1


def test_a_lane_that_failed_without_a_failed_test_fails_the_run(tmp_path: Path) -> None:
    found = lanes(tmp_path)
    (found / "units" / "code").write_text("1")
    assert main(found, Runs()) == 1


@pytest.mark.processes
@pytest.mark.parametrize(("body", "passes"), [("assert True", True), ("assert False", False)])
def test_they_are_run_by_pytest(tmp_path: Path, body: str, passes: bool) -> None:
    (tmp_path / "test_some.py").write_text(f"def test_one():\n    {body}\n")
    assert on_their_own([f"{tmp_path}/test_some.py::test_one"]) is passes

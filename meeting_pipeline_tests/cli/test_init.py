"""Which commands create an installation, and what the others print if there is none."""

import errno
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.home import make_home, missing_part
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.cli.conftest import Run

LOOKING = [
    ("list",), ("show", "2026"), ("reprocess", "2026"), ("cancel", "2026"), ("delete", "2026", "--yes"), ("ledger",), ("serve",),
    ("webhooks", "list"), ("webhooks", "show", "x"), ("webhooks", "endpoints"), ("webhooks", "replay", "x"), ("keys", "list"),
    ("keys", "create", "--name", "x", "--scope", "read"), ("keys", "revoke", "x"),
]  # fmt: skip


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_a_command_in_another_folder_says_where_it_looked_and_makes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words, MEETING_PIPELINE_HOME="")
    assert result.exit_code == 2
    assert "no_installation" in result.stderr
    assert f"{tmp_path}/var (MEETING_PIPELINE_HOME is not set)" in result.stderr
    assert "meeting-pipeline init" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_doctor_reports_it_and_makes_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("doctor", MEETING_PIPELINE_HOME="")
    assert f"There is no installation in {tmp_path}/var (MEETING_PIPELINE_HOME is not set)" in result.stdout
    assert "meeting-pipeline init" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_init_makes_a_home_and_leaves_one_that_is_there_as_it_is(run: Run, home: Path) -> None:
    first = run("init")
    assert (first.exit_code, first.stdout.splitlines()[0]) == (0, f"Created {home}")
    keys = {path.name: path.read_bytes() for path in (home / "keys").iterdir()}
    assert len(keys) == 2
    second = run("init")
    assert (second.exit_code, second.stdout.splitlines()[0]) == (0, f"There is already an installation in {home}")
    assert {path.name: path.read_bytes() for path in (home / "keys").iterdir()} == keys
    assert run("list").exit_code == 0


@pytest.mark.parametrize("part", ["meetings.sqlite3", "recordings"])
def test_a_home_that_was_made_in_part_is_named_with_what_is_missing(
    run: Run, home: Path, installation: Installation, part: str
) -> None:
    installation.store.close()
    path = home / part
    path.rmdir() if path.is_dir() else path.unlink()
    result = run("list")
    assert result.exit_code == 2
    assert f"{path} is missing" in result.stderr
    assert not path.exists()
    assert run("init").exit_code == 0
    assert run("list").exit_code == 0


@pytest.mark.parametrize("command", ["list", "init", "up", "doctor", "serve"])
def test_a_home_that_is_a_file_is_named(run: Run, home: Path, command: str) -> None:
    home.write_text("x")
    result = run(command)
    assert result.exit_code == (1 if command == "doctor" else 2)
    assert str(home) in result.output
    assert "Not a directory" in result.output or "File exists" in result.output or "is a file" in result.output


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENAMETOOLONG, errno.ELOOP])
def test_a_home_that_the_system_refuses_is_one_error_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    import os

    def refused(self: Path, *_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(self))

    settings = load_settings({"MEETING_PIPELINE_HOME": str(tmp_path / "home")})
    monkeypatch.setattr(Path, "mkdir", refused)
    monkeypatch.setattr(Path, "stat", refused)
    for call in (make_home, missing_part):
        with pytest.raises(OperatorError) as caught:
            call(settings)
        assert caught.value.code == "home_unusable"
        assert os.strerror(code) in caught.value.message

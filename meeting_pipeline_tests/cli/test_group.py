"""The list of commands is fast, and commands end with the right exit code and message."""

import errno
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from meeting_pipeline.cli import COMMANDS, main
from meeting_pipeline.cli.group import LazyCommand, LazyGroup
from meeting_pipeline.domain.errors import PermanentError

_HEAVY = {"sqlalchemy", "dagster", "httpx", "pydantic", "alembic", "av", "openai", "assemblyai", "cryptography"}


def test_help_imports_nothing_heavy() -> None:
    code = "import sys\nfrom meeting_pipeline.cli import main\nmain(['--help'], standalone_mode=False)\n"
    code += f"print('HEAVY', sorted({_HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_listed_command_can_be_loaded_and_has_help(name: str) -> None:
    assert COMMANDS[name].load().name == name
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Usage:")


def test_an_unknown_command_is_named() -> None:
    result = CliRunner().invoke(main, ["frobnicate"])
    assert result.exit_code == 2
    assert "frobnicate" in result.stderr


@click.command()
def refusing() -> None:
    """Raise a deliberate error."""
    raise PermanentError("no_way", "That is not possible.\nReally.", "Do it differently.")


@click.command()
def broken() -> None:
    """Raise an unexpected exception."""
    raise KeyError("bug")


@click.command()
def full() -> None:
    """Run into a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device")


@click.command()
def missing() -> None:
    """Run into a missing file, which is a bug."""
    raise FileNotFoundError(errno.ENOENT, "No such file or directory")


@click.command()
def forbidden() -> None:
    """Run into a file of another user."""
    raise PermissionError(errno.EACCES, "Permission denied", "/srv/var/up.lock")


_NAMES = ("refusing", "broken", "full", "missing", "forbidden")
_here = LazyGroup("x", lazy={name: LazyCommand(f"{__name__}:{name}", "") for name in _NAMES})


def test_a_deliberate_error_is_one_line_with_advice_and_exit_code_2() -> None:
    result = CliRunner().invoke(_here, ["refusing"])
    assert result.exit_code == 2
    assert result.stderr == "Error: That is not possible. Really. Do it differently. [no_way]\n"
    assert result.stdout == ""


def test_a_bug_is_not_hidden() -> None:
    assert isinstance(CliRunner().invoke(_here, ["broken"]).exception, KeyError)
    assert isinstance(CliRunner().invoke(_here, ["missing"]).exception, FileNotFoundError)


def test_a_full_disk_is_one_line_with_advice_too() -> None:
    result = CliRunner().invoke(_here, ["full"])
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: The disk is full")
    assert result.stderr.endswith("[disk_full]\n")


def test_a_file_of_another_user_is_one_line_with_its_name_and_advice() -> None:
    result = CliRunner().invoke(_here, ["forbidden"])
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: This user may not use /srv/var/up.lock (Permission denied).")
    assert "doctor" in result.stderr
    assert result.stderr.endswith("[no_permission]\n")

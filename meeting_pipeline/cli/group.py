"""A group of commands whose modules are imported only when called, so that ``--help`` stays fast.

Must not go here: any command.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from meeting_pipeline.cli.errors import Refused
from meeting_pipeline.domain.errors import OperatorError, PipelineError
from meeting_pipeline.foundation.private_files import write_privately
from meeting_pipeline.foundation.quick_start import collect_rarely


@dataclass(frozen=True)
class LazyCommand:
    """The location of a command (``module:attribute``), and its line in the list of commands."""

    target: str
    summary: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.target.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.target} is not a command")
        return command


class LazyGroup(click.Group):
    """A click group of ``LazyCommand``. A command's deliberate errors end it with one clear line."""

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in their given order."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        return self._lazy[cmd_name].load() if cmd_name in self._lazy else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in self._lazy.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Files that it or its child processes write are private to this user."""
        collect_rarely()  # before the command is imported
        before = write_privately()
        try:
            return super().invoke(ctx)
        except PipelineError as error:
            raise Refused(error) from error
        except OSError as error:
            from meeting_pipeline.foundation.disk_space import disk_error_of

            trouble = disk_error_of(error)
            if trouble is not None:
                raise Refused(trouble) from error
            if not isinstance(error, PermissionError) or error.filename is None:
                raise
            raise Refused(_no_permission(error)) from error
        finally:
            os.umask(before)  # for a program that calls the command in its own process


def _no_permission(error: PermissionError) -> OperatorError:
    return OperatorError(
        "no_permission",
        f"This user may not use {error.filename} ({error.strerror}).",
        "Run the command as the user who runs `up`. If the file is of another user, because a command was run as root once: "
        "`meeting-pipeline doctor` says what to do.",
    )

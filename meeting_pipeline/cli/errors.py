"""How the command line ends after an error: exit codes, and one clear line on standard error.

A user's mistake never shows a traceback; a bug of ours always does. Must not go here: what the errors mean.
"""

from enum import IntEnum
from typing import IO, Any

import click

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.text import one_line


class ExitCode(IntEnum):
    """The meaning of a command's exit code."""

    DONE = 0
    CHECK_FAILED = 1
    """``doctor`` found something that does not work."""
    WRONG_USE = 2
    """The command was used incorrectly, or a reported problem prevents it."""
    RECORDING_FAILED = 3
    TIMED_OUT = 4
    REFUSED_AT_INTAKE = 5


class Refused(click.ClickException):
    """A deliberate error, shown on one line."""

    exit_code = ExitCode.WRONG_USE

    def __init__(self, error: PipelineError) -> None:
        super().__init__(one_line(str(error)))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line."""
        click.echo(f"Error: {self.message}", err=True, file=file)

"""The result of a check: a level, what was checked, one sentence, and what to do.

Must not go here: checks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.settings import Settings


class Level(StrEnum):
    """The severity of a finding."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: Level
    name: str
    message: str
    advice: str = ""

    def __str__(self) -> str:
        """The line, followed by what to do."""
        line = f"{self.level.value:<4} {self.name}: {one_line(self.message)}"
        return f"{line}\n     do: {one_line(self.advice)}" if self.advice else line


Check = Callable[[Settings], Iterator[Finding]]


def carried_out(check: Check, settings: Settings) -> Iterator[Finding]:
    """The findings of a check. An error of the file system is a finding too, so the other checks continue."""
    try:
        yield from check(settings)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or type(error).__name__)
        yield fail(
            check.__name__.replace("_", " "), f"It cannot be checked: {what}.", "Let this user read and write it."
        )


def ok(name: str, message: str) -> Finding:
    """Everything works."""
    return Finding(Level.OK, name, message)


def warn(name: str, message: str, advice: str) -> Finding:
    """It works, but somebody should know."""
    return Finding(Level.WARN, name, message, advice)


def fail(name: str, message: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAIL, name, message, advice)


def failed(name: str, error: PipelineError) -> Finding:
    """A deliberate error of what was checked."""
    return fail(name, f"{error.message} [{error.code}]", error.advice)

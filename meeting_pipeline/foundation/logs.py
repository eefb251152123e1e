"""The project's log records: one JSON object per line, and one line that says how a piece of work ended.

``up`` turns on JSON through an environment variable, which names the process. A process started by hand logs in the format of
the standard library. ``supervisor/log_lines.py`` converts the output of other programs in our log files to JSON. A line contains
a recording's id and never its text. Belongs here: which fields exist. Must not go here: files (``supervisor/log_writer.py``),
imports from this project: every package may import this module.
"""

import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

PROCESS_VARIABLE: Final = "MEETING_PIPELINE_LOG_PROCESS"
"""Set by ``up`` for the processes it starts: log in JSON, under this name."""

FIELDS: Final = (
    "recording_id", "run_id", "stage", "attempt", "duration_ms", "outcome", "code",
    "provider", "host", "method", "route", "status", "caller", "request_id",
)  # fmt: skip
"""Fields that a record may have in addition to time, level, logger, process, message and exception. No others are written."""

_KNOWN_BETA: Final = "Parameter `owners` of initializer `SensorDefinition"
"""Dagster 1.13 shows owners of sensors in its UI, and warns that the parameter may change."""
_log = logging.getLogger("meeting_pipeline.step")
_about: dict[str, str] = {}
_installed: list[logging.Handler] = []


def log_in_json(process: str, *, level: int = logging.INFO, **about: str | None) -> None:
    """Make this process log one JSON object per line to standard error. A second call replaces the name and ``about``.

    ``about``: fields of every line, for a process with a single task (``recording_id``, ``run_id``).
    """
    _about.clear()
    _about.update({"process": process, **{name: value for name, value in about.items() if value is not None}})
    root = logging.getLogger()
    for handler in _installed:
        root.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(json_formatter())
    handler.addFilter(_is_not_dagsters)
    root.addHandler(handler)
    _installed[:] = [handler]
    root.setLevel(level)
    for name in ("httpx", "httpx2", "httpcore", "openai", "alembic"):  # they log each call, some with its address
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    warnings.filterwarnings("ignore", message=_KNOWN_BETA)  # otherwise every run logs it


def log_as_configured() -> None:
    """Call ``log_in_json`` if the environment asks for it and it was not called yet."""
    process = os.environ.get(PROCESS_VARIABLE)
    if process and not _installed:
        log_in_json(process)


def json_formatter() -> logging.Formatter:
    """A formatter that turns a log record into a line. A traceback is one field, ``exception``."""
    import structlog

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            _add_about,
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.processors.format_exc_info,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("message"),
            _without_nothings,
            structlog.processors.JSONRenderer(),
        ],
    )


def _is_not_dagsters(record: logging.LogRecord) -> bool:
    """Whether the record is not Dagster's: Dagster's processes give its loggers a separate handler."""
    return record.name.partition(".")[0] != "dagster"


def _add_about(_logger: object, _method: str, event: Any) -> Any:
    event.update(_about)
    return event


def _without_nothings(_logger: object, _method: str, event: Any) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


@dataclass
class StepLine:
    """The content of the log line of a piece of work. ``quiet``: there was nothing to do, so no line is written."""

    outcome: str = "done"
    code: str | None = None
    recording_id: str | None = None
    quiet: bool = False


def step_line(stage: str, outcome: str, **fields: str | int | None) -> None:
    """Log how a piece of work ended, with ``recording_id``, ``run_id``, ``attempt``, ``duration_ms``, ``code`` if they apply."""
    known = {name: value for name, value in fields.items() if value is not None}
    level = logging.WARNING if "code" in known else logging.INFO
    _log.log(level, "%s: %s", stage, outcome, extra={"stage": stage, "outcome": outcome, **known})


@contextmanager
def timed_step(stage: str, **fields: str | int | None) -> Iterator[StepLine]:
    """Do a piece of work in the block, and log how it ended and how long it took.

    The block may change the line. If it raises, the outcome is ``failed``, unless the block has set another one. The code is
    that of the error or of its cause, or ``internal_error`` if neither has one.
    """
    line = StepLine()
    began = time.monotonic()
    try:
        yield line
    except BaseException as error:
        if line.outcome == "done":
            line.outcome = "failed"
        line.code = line.code or code_of(error)
        raise
    finally:
        if line.recording_id is not None:
            fields["recording_id"] = line.recording_id
        if not line.quiet:
            step_line(stage, line.outcome, code=line.code, duration_ms=milliseconds_since(began), **fields)


def milliseconds_since(began: float) -> int:
    """Whole milliseconds since ``began``, a value of ``time.monotonic``."""
    return round((time.monotonic() - began) * 1000)


def code_of(error: BaseException) -> str:
    """The stable code for an exception."""
    for one in (error, error.__cause__):
        code = getattr(one, "code", None)
        if isinstance(code, str):
            return code
    return "internal_error" if isinstance(error, Exception) else "interrupted"

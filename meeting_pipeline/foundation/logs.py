"""The project's own log records: one JSON object a line, and the one line that says how a piece of work ended.

``up`` asks for JSON by an environment variable, which names the process; whoever starts a process by hand gets what the
standard library makes of log records. What other programs print into our log files is made JSON by ``supervisor/log_lines.py``.
A line has a recording's id and never its words. Belongs here: which fields there are. Must not go here: files
(``supervisor/log_writer.py``), any import of ours: every room may import this module.
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
"""Set by ``up`` for what it starts: log in JSON, under this name."""

FIELDS: Final = (
    "recording_id", "run_id", "stage", "attempt", "duration_ms", "outcome", "code",
    "provider", "host", "method", "route", "status", "caller", "request_id",
)  # fmt: skip
"""What a record may carry beside time, level, logger, process, message and exception. Nothing else is written."""

_KNOWN_BETA: Final = "Parameter `owners` of initializer `SensorDefinition"
"""Dagster 1.13 shows owners of sensors in its UI, and warns that the parameter may change."""
_log = logging.getLogger("meeting_pipeline.step")
_about: dict[str, str] = {}
_installed: list[logging.Handler] = []


def log_in_json(process: str, *, level: int = logging.INFO, **about: str | None) -> None:
    """From now on this process logs one JSON object a line to its standard error. Again: under another name.

    ``about``: fields of every line, for a process that works on one thing (``recording_id``, ``run_id``).
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
    for name in ("httpx", "httpcore", "openai", "alembic"):  # they tell of each call, some with its address
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    warnings.filterwarnings("ignore", message=_KNOWN_BETA)  # else a line of every run


def log_as_asked() -> None:
    """``log_in_json`` if the environment asks for it and nobody has seen to it yet."""
    process = os.environ.get(PROCESS_VARIABLE)
    if process and not _installed:
        log_in_json(process)


def json_formatter() -> logging.Formatter:
    """Turns a log record into a line. Tracebacks are one field, ``exception``."""
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
    """Dagster's processes give its loggers a handler of their own."""
    return record.name.partition(".")[0] != "dagster"


def _add_about(_logger: object, _method: str, event: Any) -> Any:
    event.update(_about)
    return event


def _without_nothings(_logger: object, _method: str, event: Any) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


@dataclass
class StepLine:
    """What the line of a piece of work will say. ``quiet``: there was nothing to do, so there is no line."""

    outcome: str = "done"
    code: str | None = None
    recording_id: str | None = None
    quiet: bool = False


def step_line(stage: str, outcome: str, **fields: str | int | None) -> None:
    """Say how a piece of work ended: ``recording_id``, ``run_id``, ``attempt``, ``duration_ms``, ``code`` where they apply."""
    known = {name: value for name, value in fields.items() if value is not None}
    level = logging.WARNING if "code" in known else logging.INFO
    _log.log(level, "%s: %s", stage, outcome, extra={"stage": stage, "outcome": outcome, **known})


@contextmanager
def timed_step(stage: str, **fields: str | int | None) -> Iterator[StepLine]:
    """Do a piece of work and say how it ended and how long it took.

    The block may change the line. What it raises is ``failed``, unless the block has said otherwise before; the code is
    that of the error or of what it was raised from, ``internal_error`` if neither has one.
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
    """Whole milliseconds since a moment of ``time.monotonic``."""
    return round((time.monotonic() - began) * 1000)


def code_of(error: BaseException) -> str:
    """The stable word for what was raised."""
    for one in (error, error.__cause__):
        code = getattr(one, "code", None)
        if isinstance(code, str):
            return code
    return "internal_error" if isinstance(error, Exception) else "interrupted"

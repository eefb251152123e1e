"""Turns what processes print into JSON objects: ours pass through; Dagster, uvicorn and gRPC lines are parsed; others kept.

Dagster has its own JSON format (``--log-format json``), but it writes a traceback as ``<traceback object>``, and its code
server does not pass the format on. So its text is parsed instead; a record of several lines, with its traceback, becomes
one object.
Must not go here: files and processes (``log_writer.py``), what repeats (``repeated_texts.py``), imports from outside the standard
library: this runs in its own process, which should stay small.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from meeting_pipeline.supervisor.repeated_texts import RepeatedTexts

MAX_CHARACTERS: Final = 256 * 1024
"""Records are cut off here: a traceback has a few kilobytes, and endless output must not fill the memory."""

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_DAGSTER = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}) - (?P<logger>\S+) - "
    r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) - (?P<message>.*)",
)
"""``default_format_string`` and ``default_date_format_string`` of ``dagster._utils.log``."""
_UVICORN = re.compile(r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL):\s+(?P<message>.*)")
_LOGGING = re.compile(r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL):(?P<logger>[\w.]+):(?P<message>.*)")
"""The format of ``logging.basicConfig``, which a library calls if nothing is set up."""
_ABSL = re.compile(r"(?P<level>[IWEF])\d{4} [\d:.]+\s+\d+ (?P<message>.*)")
"""gRPC's C++ library logs with absl: a letter, month and day, time, thread."""
_ABSL_LEVELS = {"I": "info", "W": "warning", "E": "error", "F": "critical"}
_RUN_ID = re.compile(r"(?:^| )([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?: |$)", re.MULTILINE)
_TRACEBACK = "Traceback (most recent call last):"


class Lines:
    """Builds records from the lines that one process and its children print.

    A record of several lines is held back until the next record begins or ``flush`` is called.
    """

    def __init__(self, process: str) -> None:
        self._process = process
        self._open: list[str] = []
        self._size = 0
        self._since = ""
        self._now = datetime.min.replace(tzinfo=UTC)
        self._repeated = RepeatedTexts()

    @property
    def holds(self) -> bool:
        """Whether a record is held back."""
        return bool(self._open)

    def feed(self, line: str, now: datetime) -> list[str]:
        """Add a line without its newline. Returns the records that are now complete, as lines of JSON."""
        self._now = now
        passed = self._ours(line)
        if passed is not None:  # perhaps of another process than the held-back record, which may continue after it
            return [passed]
        line = _ANSI.sub("", line)
        if self._open and self._goes_on(line):
            if self._size < MAX_CHARACTERS:
                self._open.append(line[:MAX_CHARACTERS])
                self._size += len(line)
            return []
        done = self.flush()
        if line.strip():
            self._open, self._size, self._since = [line[:MAX_CHARACTERS]], len(line), rfc3339(now)
        return done

    def flush(self) -> list[str]:
        """The record that was held back."""
        if not self._open:
            return []
        lines, self._open = self._open, []
        record = self._record(lines)
        self._repeated.shorten(record, self._now)
        return [json.dumps(record)]

    def note(self, message: str, now: datetime) -> str:
        """A record of our own about this log."""
        return json.dumps(
            {"time": rfc3339(now), "level": "warning", "logger": __name__, "process": self._process, "message": message}
        )

    def _ours(self, line: str) -> str | None:
        if not line.startswith("{"):
            return None
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):  # not JSON, or nested deeper than Python parses: kept as text
            return None
        if not isinstance(record, dict) or not {"time", "level", "message"} <= record.keys():
            return None
        record.setdefault("process", self._process)
        record.setdefault("logger", "root")
        self._repeated.shorten(record, self._now)
        return json.dumps(record)

    def _goes_on(self, line: str) -> bool:
        if _DAGSTER.match(line) or _ABSL.match(line):
            return False
        if _DAGSTER.match(self._open[0]) or _TRACEBACK in self._open:
            return True
        return not line or line[0].isspace()

    def _record(self, lines: list[str]) -> dict[str, Any]:
        start = next((number for number, line in enumerate(lines) if line.strip() == _TRACEBACK), len(lines))
        record = self._head(lines[0] if start else _last(lines), lines[1:start])
        if start < len(lines):
            record["exception"] = "\n".join(lines[start:]).rstrip()
        if start == 0:
            record["level"] = "error"
        run_id = _RUN_ID.search(record["message"])
        if run_id:
            record["run_id"] = run_id[1]
        return record

    def _head(self, first: str, more: list[str]) -> dict[str, Any]:
        found = {"time": self._since, "level": "info", "logger": "output", "process": self._process, "message": first}
        if (dagster := _DAGSTER.fullmatch(first)) and (moment := _moment(dagster["time"])):
            found.update(dagster.groupdict(), time=moment)
        elif plain := _LOGGING.fullmatch(first):
            found.update(plain.groupdict())
        elif uvicorn := _UVICORN.fullmatch(first):
            found.update(uvicorn.groupdict(), logger="uvicorn")
        elif absl := _ABSL.fullmatch(first):
            found.update(message=absl["message"], level=_ABSL_LEVELS[absl["level"]], logger="grpc")
        found["level"] = found["level"].lower()
        found["message"] = "\n".join([found["message"], *more]).rstrip()
        return found


def _last(lines: list[str]) -> str:
    """The message for a traceback printed on its own: its last line, which names what was raised."""
    return next((line for line in reversed(lines) if line.strip() and not line[0].isspace()), lines[0])


def _moment(text: str) -> str | None:
    """The time of a Dagster log line; ``None`` for a day or hour that does not exist, because then the line is not Dagster's."""
    try:
        return rfc3339(datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z"))
    except (ValueError, OverflowError):
        return None


def rfc3339(moment: datetime) -> str:
    """``2026-11-21T07:43:35.144760Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

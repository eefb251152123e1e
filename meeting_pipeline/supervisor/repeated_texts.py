"""Shortens tracebacks and other long texts that a process prints again and again, so that hours of an outage stay readable.

While a database is away, Dagster's daemons print the same traceback every half minute each: a night of it would push everything
else out of the log files.
Must not go here: what a line means (``log_lines.py``), imports from outside the standard library.
"""

import re
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any, Final

_LONG: Final = 400
"""Characters from which on a text is shortened: less is worth reading again."""
_AGAIN: Final = timedelta(minutes=10)
"""A text is written in full this often: whoever reads the end of a file finds it nearby."""
_KNOWN: Final = 64
"""Texts that are remembered, the latest: an outage has a few dozen."""
_VARYING: Final = re.compile(r"0x[0-9a-fA-F]+|\d+")
"""Addresses in memory, ports, times and counts differ in texts that say the same."""


class RepeatedTexts:
    """The long texts that one process has printed lately."""

    def __init__(self) -> None:
        self._written: dict[str, datetime] = {}

    def shorten(self, record: MutableMapping[str, Any], now: datetime) -> None:
        """Replace what was written in full lately by the line that matters, and when that was."""
        for field in ("message", "exception"):
            text = record.get(field)
            if not isinstance(text, str) or len(text) < _LONG or "\n" not in text:
                continue
            mark = field + _VARYING.sub("", text)
            before = self._written.get(mark)
            if before is not None and timedelta(0) <= now - before < _AGAIN:
                lines = text.strip().splitlines()
                line = lines[0] if field == "message" else lines[-1]
                record[field] = f"{line[:_LONG]}\n(the rest as at {before.isoformat(timespec='seconds')})"
                continue
            self._written.pop(mark, None)
            self._written[mark] = now
            if len(self._written) > _KNOWN:
                del self._written[next(iter(self._written))]

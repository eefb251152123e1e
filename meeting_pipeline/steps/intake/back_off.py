"""Back-off: items of a batch that failed unexpectedly are retried at growing intervals, so that they do not block others.

There is one note per item and kind of work, a file below the home, like those of ``attempts.py``: it can be written while
the database fails, and it survives the run. A lost note costs one extra attempt. File names are hashes, because a key
contains words of the title. Must not go here: errors whose due time is stored in the database.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from meeting_pipeline import policies
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.foundation.atomic_files import write_durably
from meeting_pipeline.steps.intake.notes import remove_old_notes
from meeting_pipeline.store.engine.context import StoreContext

_FOLDER: Final = "back_off"


@dataclass(frozen=True)
class _Noted:
    """How often in a row an item failed in this ``state``, and when it is due again (seconds since 1970)."""

    times: int = 0
    due_s: float = 0.0
    state: str = ""


class BackOff:
    """The failed items of one kind of work, and when each is due again."""

    def __init__(self, home: Path, kind: str, context: StoreContext) -> None:
        self._folder = home / _FOLDER / kind
        self._context = context

    def count(self) -> int:
        """An upper bound for the number of waiting items. Callers read that many more items to find enough due ones."""
        return sum(1 for _ in self._folder.glob("*.json"))

    def waits(self, key: str, state: datetime | None = None) -> bool:
        """Whether an item is not due yet. An item whose ``state`` has changed is due at once."""
        noted = self._read(key)
        now_s = self._context.now().timestamp()
        longest = self._context.after(policies.RETRY_MAX_SECONDS).timestamp()  # the clock may have been set back
        return noted.times > 0 and noted.state == _words(state) and now_s < noted.due_s <= longest

    def failed(self, key: str, state: datetime | None = None) -> None:
        """The item failed: the interval to its next attempt grows with each failure."""
        before = self._read(key)
        times = before.times + 1 if before.state == _words(state) else 1
        due = self._context.after(backoff_s(times - 1, policies.RETRY_BASE_SECONDS, policies.RETRY_MAX_SECONDS))
        with suppress(OSError):  # a full disk: the item is retried too soon
            write_durably(
                self._note(key), json.dumps({"times": times, "due_s": due.timestamp(), "state": _words(state)})
            )

    def succeeded(self, key: str) -> None:
        """The item succeeded: remove its note."""
        with suppress(OSError):
            self._note(key).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove notes of items that have not been tried for a long time."""
        remove_old_notes(self._folder)

    def _note(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def _read(self, key: str) -> _Noted:
        try:
            found = json.loads(self._note(key).read_text(encoding="utf-8"))
            return _Noted(int(found["times"]), float(found["due_s"]), str(found["state"]))
        except (OSError, ValueError, KeyError, TypeError):
            return _Noted()


def _words(state: datetime | None) -> str:
    return state.isoformat() if state is not None else ""

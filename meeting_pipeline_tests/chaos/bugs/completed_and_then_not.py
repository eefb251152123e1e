"""I9: recording 9 was completed, and shortly afterwards it is not."""

import time
from typing import Any

MODULE = "meeting_pipeline.store.recordings.lifecycle"
TITLE = "Chaos number 9"
SEEN_S = 10.0
"""Long enough to be seen: the observer polls every half second, and on a busy machine a look takes seconds."""


def spoil(module: Any) -> None:
    """Revert the outcome for a while."""
    complete = module.Lifecycle.complete

    def undecided(self: Any, key: str, *given: Any, **named: Any) -> Any:
        found = complete(self, key, *given, **named)
        with self._context.database.read() as session:
            if session.get_one(module.Recording, key).title != TITLE:
                return found
        for status in ("processing", "completed"):
            time.sleep(SEEN_S)
            with self._context.database.write() as session:
                session.get_one(module.Recording, key, with_for_update=True).status = status
        return found

    module.Lifecycle.complete = undecided

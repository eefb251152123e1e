"""I1 and I10: the finished transcription of recording 1 is never noticed, so it never ends and the system never becomes idle."""

from typing import Any

MODULE = "meeting_pipeline.store.recordings.lifecycle"
TITLE = "Chaos number 1"


def spoil(module: Any) -> None:
    """Leave one recording where it is."""
    ready = module.Lifecycle.ready

    def deaf(self: Any, key: str, *given: Any, **named: Any) -> None:
        with self._context.database.read() as session:
            if session.get_one(module.Recording, key).title == TITLE:
                return
        ready(self, key, *given, **named)

    module.Lifecycle.ready = deaf

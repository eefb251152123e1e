"""I6: the event numbers of recording 6 have a gap."""

from typing import Any

MODULE = "meeting_pipeline.store.engine.row_helpers"
TITLE = "Chaos number 6"


def spoil(module: Any) -> None:
    """Count the second event twice."""
    add_event = module.add_event

    def hasty(session: Any, row: Any, kind: str, at: Any, **data: Any) -> None:
        if row.title == TITLE and row.event_seq == 1:
            row.event_seq += 1
        add_event(session, row, kind, at, **data)

    module.add_event = hasty

"""How many lines each meeting has: all of them, read at once.

Ten thousand meetings are one row of the database: as rows of their own they would take longer than what they are needed for.
Must not go here: scores (``meeting_scores.py``, ``ranking.py``).
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SQLITE: Final = text("SELECT json_group_array(number), json_group_array(lines) FROM search_meetings")
_POSTGRES: Final = text("SELECT json_agg(number)::text, json_agg(lines)::text FROM search_meetings")


@dataclass(frozen=True)
class MeetingSizes:
    """``numbers`` of meetings, ascending, and how many lines each has."""

    numbers: "NDArray[np.int64]"
    lines: "NDArray[np.int64]"

    @cached_property
    def total(self) -> int:
        """The lines of all meetings."""
        return int(self.lines.sum())

    @cached_property
    def lengths(self) -> "NDArray[np.float64]":
        """BM25's length of each meeting, compared with the others; its `b` is 0.75."""
        return 0.25 + 0.75 * self.lines.astype(float) / max(self.total / max(len(self.lines), 1), 1.0)

    def by_number(self) -> dict[int, int]:
        """Meeting -> its lines."""
        return dict(zip(self.numbers.tolist(), self.lines.tolist(), strict=True))

    def since(self, meeting: int) -> int:
        """The lines of this meeting and all newer ones."""
        return int(self.lines[int(self.numbers.searchsorted(meeting)) :].sum())


def meeting_sizes(session: Session) -> MeetingSizes:
    """The sizes of all meetings."""
    import numpy as np

    sqlite = session.connection().dialect.name == "sqlite"
    numbers, lines = session.execute(_SQLITE if sqlite else _POSTGRES).one()
    found = np.array([json.loads(numbers or "[]"), json.loads(lines or "[]")], dtype=np.int64)
    return MeetingSizes(*found[:, found[0].argsort()])

"""A passage: consecutive lines of a meeting that may answer a question, and the items that cite them.

Must not go here: which passages are best (``windows.py``).
"""

from dataclasses import dataclass
from datetime import date

from meeting_pipeline.domain.search_lines import LineKind


@dataclass(frozen=True)
class PassageLine:
    """A segment. ``label`` is its speaker's, ``speaker`` the name to show; ``text`` may be cut, marked by ``…``."""

    segment_id: int
    label: str
    speaker: str
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class PassageClaim:
    """An item, decision or sentence of the summary that rests on the passage and has words of the question."""

    kind: LineKind
    text: str
    people: tuple[str, ...]
    status: str | None


@dataclass(frozen=True)
class Passage:
    """Lines of one meeting, without gaps. ``score`` orders passages of one question."""

    key: str
    title: str
    meeting_date: date
    has_media: bool
    score: float
    lines: tuple[PassageLine, ...]
    claims: tuple[PassageClaim, ...] = ()

"""Claims about meetings, in the form in which a language model gives them.

Must not go here: meetings (the other modules), judging (``test_told.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Talk = Mapping[str, Sequence[tuple[str, str]]]
"""By the name of the meeting: label and words of each segment."""
Field = Literal["item", "decision", "summary", "speaker"]


@dataclass(frozen=True)
class Told:
    """A claim about ``meeting``. ``kind``: in which way it is false, or what it is."""

    meeting: str
    kind: str
    field: Field
    answer: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What it says."""
        names = ("task", "decision", "text", "name")
        return str(next(self.answer[name] for name in names if name in self.answer))


def task(
    meeting: str,
    kind: str,
    text: str,
    owner: str,
    quote: str,
    ids: Sequence[int],
    due: tuple[str, str | None] | None = None,
) -> Told:
    """An action item."""
    words, day = due or (None, None)
    answer = {
        "task": text,
        "owner": owner,
        "quote": quote,
        "segment_ids": list(ids),
        "due_words": words,
        "due_date": day,
    }
    return Told(meeting, kind, "item", answer)


def decision(meeting: str, kind: str, text: str, by: Sequence[str], quote: str, ids: Sequence[int]) -> Told:
    """A decision."""
    answer = {"decision": text, "decided_by": list(by), "quote": quote, "segment_ids": list(ids)}
    return Told(meeting, kind, "decision", answer)


def sentence(meeting: str, kind: str, text: str, ids: Sequence[int]) -> Told:
    """A sentence of a summary."""
    return Told(meeting, kind, "summary", {"text": text, "segment_ids": list(ids)})


def name(meeting: str, kind: str, label: str, text: str, quote: str, ids: Sequence[int]) -> Told:
    """The name of a speaker."""
    return Told(meeting, kind, "speaker", {"label": label, "name": text, "quote": quote, "segment_ids": list(ids)})

"""The port for a model that chooses among several commitments which fit equally well. None is connected: then code alone decides.

Must not go here: an implementation (``providers/``). A model never adds a candidate, and never links what the rules exclude.
"""

from collections.abc import Sequence
from typing import Protocol

from meeting_pipeline.domain.commitments.values import Group, Part


class Choose(Protocol):
    """Chooses the commitment that a part belongs to."""

    def __call__(self, part: Part, candidates: Sequence[Group], /) -> int | None:
        """The position of the right candidate; ``None`` if there is none, or it cannot tell."""

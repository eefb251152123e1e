"""The port ``Embedder``: turns texts into vectors, for search by meaning.

Must not go here: adapters (``openai_embeddings.py``), whether it is on (``embedding_setup.py``), retries, anything that stores.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.provenance import Usage


@dataclass(frozen=True)
class Embedded:
    """Vectors of texts, in their order, each of length 1. ``problem``: why there are none although the call is billed."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage
    problem: PipelineError | None = None


class Embedder(Protocol):
    """Turns texts into vectors: texts that mean the same have vectors that point the same way.

    Attributes:
        model: the configured model.
        vectors: identifies the vectors; those of another one cannot be compared with them.
    """

    model: str
    vectors: str

    def expected_usd(self, texts: Sequence[str]) -> float | None:
        """What a call with these texts is expected to cost; ``None`` if the price is unknown."""
        ...

    def embed(self, texts: Sequence[str], *, seconds: float = ...) -> Embedded:
        """Make one call. Raises: ProviderUnavailable, ProviderRefused, OperatorError."""
        ...

    def check(self) -> str:
        """For ``doctor``: one cheap call; returns a line for people, or raises."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...

"""How a result was made: by whom, from which part of the meeting, at what cost.

Must not go here: the results (``transcript.py``, ``insight_results.py``), prices (``settings/``, ``providers/``).
"""

from meeting_pipeline.domain.value import Value


class Provenance(Value):
    """Who made a result. It is shown wherever the result is shown."""

    provider: str
    """``assemblyai``, ``openai``, ``imported`` or ``offline``. Simulated providers of the tests are named as such."""
    model: str
    draft: bool = False
    """True for every result of the offline engine: it must be read as a draft, not as a record."""
    note: str = ""
    """One sentence for the reader, e.g. what a draft can and cannot be trusted for."""


class Usage(Value):
    """What an answer cost.

    ``input_tokens`` include ``cached_tokens`` (read from the provider's cache) and ``cache_write_tokens`` (written to it).
    ``cost_usd`` is the cost of the calls whose price is known; ``unpriced_calls`` is the number of the others.
    """

    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    unpriced_calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        """The sum of both."""
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
            unpriced_calls=self.unpriced_calls + other.unpriced_calls,
        )


class Coverage(Value):
    """Which part of the meeting a result is based on: ``segments_read`` of ``segments_total``, in ``parts`` calls."""

    segments_read: int
    segments_total: int
    parts: int = 1

    @property
    def complete(self) -> bool:
        """Whether the whole transcript was read."""
        return self.segments_read == self.segments_total

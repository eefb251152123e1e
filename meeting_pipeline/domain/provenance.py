"""How a result was made: by whom, from which part of the meeting, at what cost.

Must not go here: the results (``transcript.py``, ``insight_results.py``), prices (``settings/``, ``providers/``).
"""

from pydantic import Field

from meeting_pipeline.domain.value import Value


class WordCount(Value):
    """The words of an imported transcript: how many its file has, and how many of them are in the transcript.

    A word that the file has twice only by its format (a caption that is shown twice) counts once.
    """

    words_in: int
    words_kept: int
    left_out: dict[str, int] = Field(default_factory=dict)
    """Reason -> words of the file that are not in the transcript, also those that do not count in ``words_in``."""

    @property
    def share(self) -> float:
        """The share of the words that are kept, 0..1."""
        return self.words_kept / self.words_in if self.words_in else 1.0


class Provenance(Value):
    """Who made a result. It is shown wherever the result is shown."""

    provider: str
    """``assemblyai``, ``openai``, ``imported``, ``whisper`` or ``offline``. Simulated ones of the tests are named as such."""
    model: str
    draft: bool = False
    """True for every result that this machine made without a service: it must be read as a draft, not a record."""
    note: str = ""
    """One sentence for the reader, e.g. what a draft can and cannot be trusted for."""
    words: WordCount | None = Field(default=None, exclude_if=lambda words: words is None)
    """For an imported transcript. Not written if missing: otherwise, every stored result would seem to have changed."""


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

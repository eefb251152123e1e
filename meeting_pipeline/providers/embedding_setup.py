"""An installation's setup of its embeddings endpoint: whether it is on, address, key, model and price.

Must not go here: the settings' definitions (``settings/``), calls (``openai_embeddings.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import SecretStr

from meeting_pipeline.providers.compatible_server import NO_KEY, key_for
from meeting_pipeline.settings import VARIABLES, Settings

PRICES: Final[Mapping[str, float]] = {
    "text-embedding-3-small": 0.02,
    "text-embedding-3-large": 0.13,
    "text-embedding-ada-002": 0.10,
}
"""US dollars per million tokens, from pages of 2026 that quote OpenAI's list."""
LISTED: Final = date(2026, 11, 28)
"""When somebody last compared them."""


@dataclass(frozen=True)
class EmbeddingPrice:
    """US dollars per million tokens; ``usd`` is ``None`` if it is unknown. ``source``: where it is from, for people."""

    usd: float | None
    source: str

    def of(self, tokens: int) -> float | None:
        """The price of ``tokens``."""
        return None if self.usd is None else self.usd * tokens / 1_000_000

    def line(self) -> str:
        """The price for people."""
        return f"{self.usd:g} USD per million tokens, {self.source}" if self.usd is not None else "unknown price"


def address_of(settings: Settings) -> str:
    """Return the server's address: its own, or that of the language model."""
    return settings.embeddings_base_url or settings.openai_base_url


def key_of(settings: Settings) -> SecretStr | None:
    """Return the key for the server; ``None`` if there is none and it needs one."""
    return key_for(address_of(settings), settings.embeddings_api_key, settings)


def is_on(settings: Settings) -> bool:
    """Whether meetings are searched by meaning too."""
    return settings.embeddings_model is not None and key_of(settings) is not None


def why_off(settings: Settings) -> str:
    """Why it is off, for people; empty if it is on."""
    if settings.embeddings_model is None:
        return f"Search by meaning is off: {VARIABLES['embeddings_model']} is not set."
    if key_of(settings) is None:
        return f"Search by meaning is off: {VARIABLES['embeddings_api_key']} is not set, nor is a key for this address."
    return ""


def vectors_of(settings: Settings) -> str:
    """Identify the vectors of this model: others cannot be compared with them."""
    model = settings.embeddings_model or ""
    return model if settings.embeddings_dimensions is None else f"{model}/{settings.embeddings_dimensions}"


def embedding_price(settings: Settings) -> EmbeddingPrice:
    """Return the price of the configured model."""
    if settings.embeddings_usd_per_million is not None:
        return EmbeddingPrice(settings.embeddings_usd_per_million, "from the settings")
    if key_of(settings) is NO_KEY:
        return EmbeddingPrice(0.0, "as the server asks for no key")
    return EmbeddingPrice(PRICES.get(settings.embeddings_model or ""), f"as of {LISTED.isoformat()}")

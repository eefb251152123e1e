"""What a call of a language model costs: a table of prices by model and service tier, each with its date, and the sum of a call.

A model that is not in the table has an unknown price: never that of another model. Settings add to the table (``OPENAI_PRICES``)
or give the price of the configured model (``OPENAI_USD_PER_MILLION``).
Must not go here: reading counts from a response (``openai_replies.py``), prices of transcription (``audio_prices.py``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from meeting_pipeline.providers.openai_replies import Counts
from meeting_pipeline.settings import Settings

_SNAPSHOT: Final = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
"""The date of a snapshot at the end of a model's name: it has the price of its model."""
_MILLION: Final = 1_000_000
"""Prices are for a million tokens."""


@dataclass(frozen=True, kw_only=True)
class TokenPrice:
    """US dollars per million tokens. ``as_of``: when somebody last compared it with the provider's list; ``None``: a setting.

    ``written``: input that was written to the provider's cache. Above ``long_tokens`` of input, all input and output of a call
    costs ``long_input`` and ``long_output`` times as much.
    """

    given: float
    cached: float
    made: float
    written: float
    as_of: date | None
    long_tokens: int | None = None
    long_input: float = 1.0
    long_output: float = 1.0

    def usd(self, counts: Counts) -> float:
        """The cost of one call."""
        long = self.long_tokens is not None and counts.given > self.long_tokens
        plain = counts.given - counts.cached - counts.written
        taken = plain * self.given + counts.cached * self.cached + counts.written * self.written
        made = counts.made * self.made
        return (taken * (self.long_input if long else 1.0) + made * (self.long_output if long else 1.0)) / _MILLION

    def times(self, factor: float) -> "TokenPrice":
        """The same price, multiplied."""
        return TokenPrice(
            given=self.given * factor,
            cached=self.cached * factor,
            made=self.made * factor,
            written=self.written * factor,
            as_of=self.as_of,
            long_tokens=self.long_tokens,
            long_input=self.long_input,
            long_output=self.long_output,
        )

    def line(self) -> str:
        """The price for people."""
        dated = f"as of {self.as_of.isoformat()}" if self.as_of else "from the settings"
        return (
            f"{self.given:g} / {self.cached:g} / {self.made:g} USD per million tokens (input, cached, output), {dated}"
        )


def _listed(given: float, cached: float, made: float, *, write_factor: float = 1.25) -> TokenPrice:
    """A price of OpenAI's list: requests with more than 272,000 input tokens cost twice the input and 1.5 times the output."""
    return TokenPrice(
        given=given,
        cached=cached,
        made=made,
        written=given * write_factor,
        as_of=date(2026, 11, 1),
        long_tokens=272_000,
        long_input=2.0,
        long_output=1.5,
    )


PRICES: Final[Mapping[str, TokenPrice]] = {
    "gpt-6-luna": _listed(0.10, 0.01, 0.50),
    "gpt-6.1-terra": _listed(1.0, 0.05, 5.0),
    "gpt-6.1-sol": _listed(2.0, 0.10, 10.0),
    "gpt-6-sol": _listed(2.0, 0.20, 10.0),
    "gpt-6-astra": _listed(10.0, 1.0, 50.0),
    "gpt-5.6-luna": _listed(0.20, 0.02, 1.20),
    "gpt-5.4-mini": _listed(0.75, 0.075, 4.50, write_factor=1.0),
}
"""Prices of the tier ``default``, from pages of September to November 2026 that quote OpenAI's list. Writing to the cache costs
1.25 times the input from gpt-5.6 on, and nothing extra before."""
TIERS: Final[Mapping[str, float]] = {"": 1.0, "auto": 1.0, "default": 1.0, "flex": 0.5, "batch": 0.5}
"""What a service tier costs compared with ``default``. The price of any other tier is unknown unless a setting gives it."""


def price_of(settings: Settings, model: str, tier: str = "") -> TokenPrice | None:
    """The price of this model, as a server names it, in this service tier; ``None`` if it is unknown."""
    name = _SNAPSHOT.sub("", model)
    given = {listed: (prices, day) for listed, prices, day in settings.openai_prices}
    for key in (f"{model} {tier}", f"{name} {tier}") if tier else ():
        if key in given:
            return _from_setting(given[key])
    listed = next((_from_setting(given[key]) for key in (model, name) if key in given), None)
    if listed is None and name == _SNAPSHOT.sub("", settings.openai_model):
        listed = _configured(settings)
    if listed is None:
        listed = PRICES.get(name)
    factor = TIERS.get(tier)
    return listed.times(factor) if listed is not None and factor is not None else None


def price_of_call(settings: Settings, model: str, tier: str = "") -> TokenPrice | None:
    """The price of a call for the configured model that was answered by ``model``.

    A server may call the configured model by another name. If the settings give its price, that is the price of such a call,
    unless the name is that of another model with a known price.
    """
    found = price_of(settings, model, tier)
    if found is not None or _SNAPSHOT.sub("", model) in PRICES:
        return found
    factor, configured = TIERS.get(tier), _configured(settings)
    return configured.times(factor) if configured is not None and factor is not None else None


def _configured(settings: Settings) -> TokenPrice | None:
    prices = settings.openai_usd_per_million
    if prices is None:
        return None
    given, cached, made = prices
    return TokenPrice(given=given, cached=cached, made=made, written=given, as_of=None)


def _from_setting(found: tuple[tuple[float, ...], date]) -> TokenPrice:
    (given, cached, made, *written), as_of = found
    return TokenPrice(given=given, cached=cached, made=made, written=written[0] if written else given, as_of=as_of)

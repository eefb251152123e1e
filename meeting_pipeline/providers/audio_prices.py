"""What a transcription costs: prices of an hour of audio by model and add-on, each with its date.

A model or add-on that is not in its provider's table has an unknown price. Settings add to the table of AssemblyAI
(``ASSEMBLYAI_PRICES``), or give one price for everything (``ASSEMBLYAI_USD_PER_HOUR``, ``OPENAI_TRANSCRIPTION_USD_PER_HOUR``).
Must not go here: which add-ons an order had (``assemblyai_parsing.py``), prices of language models (``token_prices.py``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from meeting_pipeline.domain.units import MS_PER_HOUR
from meeting_pipeline.settings import Settings


@dataclass(frozen=True)
class HourPrice:
    """US dollars per hour of audio. ``as_of``: when it was last compared with the provider's list; ``None``: a setting.

    ``unknown``: parts whose price is unknown, and which are not in ``usd``.
    """

    usd: float
    as_of: date | None = None
    unknown: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether ``usd`` is the whole price."""
        return not self.unknown

    def of(self, duration_ms: int) -> float:
        """What so much audio costs, as far as it is known."""
        return self.usd * duration_ms / MS_PER_HOUR

    def line(self) -> str:
        """The price for people."""
        dated = f"as of {self.as_of.isoformat()}" if self.as_of else "from the settings"
        if self.unknown:
            rest = f", besides {self.usd:g} USD per hour" if self.usd else ""
            return f"unknown: there is no price of {', '.join(self.unknown)}{rest}"
        return f"{self.usd:g} USD per hour of audio, {dated}"


PRICES: Final[Mapping[str, HourPrice]] = {
    "universal-3-5-pro": HourPrice(0.21, date(2026, 10, 7)),
    "universal-2": HourPrice(0.15, date(2026, 10, 7)),
    "speaker_labels": HourPrice(0.02, date(2026, 10, 7)),
}
"""AssemblyAI's models, and add-ons by their option, from a page that quoted the price list on that day. The list bills by the
second, and nothing for a transcription that failed."""
OPENAI_PRICES: Final[Mapping[str, HourPrice]] = {
    "whisper-1": HourPrice(0.36, date(2026, 4, 20)),
    "gpt-4o-transcribe": HourPrice(0.36, date(2026, 4, 20)),
    "gpt-4o-transcribe-diarize": HourPrice(0.36, date(2026, 4, 20)),
    "gpt-4o-mini-transcribe": HourPrice(0.18, date(2026, 4, 20)),
}
"""OpenAI's models, from a page that quoted the price list on that day: 0.006 and 0.003 dollars a minute. The newer ones are
billed by tokens; these are the list's own estimates for a minute."""


def hour_price(settings: Settings, models: Collection[str], add_ons: Collection[str] = ()) -> HourPrice:
    """The price of an hour at AssemblyAI with any of these models (the most expensive counts) and with these add-ons.

    ``models``: the one that the provider named; before that, those that were ordered.
    """
    if settings.speech_usd_per_hour is not None:
        return HourPrice(settings.speech_usd_per_hour)
    given = {name: HourPrice(prices[0], day) for name, prices, day in settings.speech_prices}
    return listed_price({**PRICES, **given}, models, add_ons)


def listed_price(table: Mapping[str, HourPrice], models: Collection[str], add_ons: Collection[str] = ()) -> HourPrice:
    """The price by this table. See ``hour_price``."""
    dearest = max((table[name] for name in models if name in table), key=lambda price: price.usd, default=None)
    parts = [*([dearest] if dearest else []), *(table[name] for name in add_ons if name in table)]
    days = [part.as_of for part in parts if part.as_of is not None]
    unknown = tuple(name for name in (*models, *add_ons) if name not in table)
    return HourPrice(sum(part.usd for part in parts), min(days, default=None), unknown)

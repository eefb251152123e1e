"""Which providers of an installation are paid, and whether their prices are known, for the daily limit.

Must not go here: the prices (``token_prices.py``, ``audio_prices.py``), what was spent (``store/ledger/spending.py``).
"""

from collections.abc import Iterator

from meeting_pipeline.domain.daily_limit import Buyer, DailyLimit
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.providers.registry import speech_specs
from meeting_pipeline.providers.selection import analyst_in_use
from meeting_pipeline.providers.spec import SpeechSpec
from meeting_pipeline.settings import Settings


def daily_limit(settings: Settings) -> DailyLimit | None:
    """The limit of the settings, with everything that it holds; ``None`` if there is none."""
    if settings.max_usd_per_day is None:
        return None
    return DailyLimit(settings.max_usd_per_day, tuple(buyers(settings)))


def speech_bought(settings: Settings) -> list[SpeechSpec]:
    """The paid transcription providers that may be used: in a setting, or as one of several that are set up."""
    named = (settings.transcription, settings.transcription_second)
    return [
        spec
        for spec in speech_specs().values()
        if spec.key is not None and spec.set_up(settings) and (spec.name in named or spec.preferred(settings))
    ]


def buyers(settings: Settings) -> Iterator[Buyer]:
    """The paid providers that are set up, each with the service that buys and what of its price is unknown."""
    for spec in speech_bought(settings):
        price = spec.hour_price(settings, TranscriptionOptions(provider=spec.name))
        if price.known and price.usd == 0:  # a server of one's own: a limit has nothing to hold
            continue
        unknown = f"the price of {', '.join(price.unknown)} is unknown" if price.unknown else None
        yield Buyer(spec.name, Service.ORDERS, unknown)
    analyst = analyst_in_use(settings)
    if analyst.key is not None:
        known = analyst.price_line(settings) is not None
        yield Buyer(analyst.name, Service.LLM_CALLS, None if known else "the price of the language model is unknown")

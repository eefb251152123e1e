"""Checks of spending: whether prices are known, since when, and whether the daily limit stops anything.

Must not go here: the prices (``providers/``), what was spent (``store/ledger/spending.py``).
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.exc import DBAPIError

from meeting_pipeline.cli.checkup.findings import Finding, ok, warn
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.providers.paid_providers import daily_limit, speech_bought
from meeting_pipeline.providers.selection import analyst_in_use
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.store.ledger.spending import holds, spent_today

_NAME: Final = "prices"
_LIMIT: Final = "daily limit"
_UNTOLD: Final = "Its costs are counted as unknown."


def prices(settings: Settings) -> Iterator[Finding]:
    """Whether the price of each paid provider is known."""
    for speech in speech_bought(settings):
        price = speech.hour_price(settings, TranscriptionOptions(provider=speech.name))
        line = f"{speech.title}: {price.line()}."
        advice = f"{_UNTOLD} Set {' or '.join(speech.price_settings)}."
        yield ok(_NAME, line) if price.known else warn(_NAME, line, advice)
    analyst = analyst_in_use(settings)
    if analyst.key is not None:
        known = analyst.price_line(settings)
        if known is not None:
            yield ok(_NAME, f"{analyst.title}: {known}.")
        else:
            advice = f"{_UNTOLD} Set {VARIABLES['openai_usd_per_million']} or {VARIABLES['openai_prices']}."
            yield warn(_NAME, f"{analyst.title}: the price of the model {settings.openai_model} is unknown.", advice)


def limit(settings: Settings) -> Iterator[Finding]:
    """What was spent today, and whether the daily limit stops anything."""
    wanted = daily_limit(settings)
    file = None if settings.database_url is not None else settings.database_file
    if wanted is None or (file is not None and not file.exists()):
        return
    try:
        database = Database(settings.store_url)
    except PipelineError:
        return  # the check of the database says why
    try:
        if database.schema_version() != SCHEMA_HEAD:
            return
        now = database.now()
        with database.read() as session:
            spent = spent_today(session, now)
    except (DBAPIError, OSError, PipelineError):
        return
    finally:
        database.close()
    held = holds(wanted, spent)
    for message, advice in dict.fromkeys((outage.message, outage.advice) for outage in held):
        yield warn(_LIMIT, message, advice)
    if spent.unpriced:
        yield warn(
            _LIMIT,
            f"{spent.unpriced} purchases of today have an unknown price, so the limit does not count them.",
            "Set the prices (docs/reference/settings.md).",
        )
    if not held:
        yield ok(_LIMIT, f"{spent.usd:.4f} of {wanted.usd:.2f} USD were spent since {spent.since:%Y-%m-%d %H:%M} UTC.")

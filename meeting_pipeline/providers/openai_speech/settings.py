"""An installation's setup of its transcription server: address, key, model and price.

Must not go here: the settings' definitions (``settings/``).
"""

from pydantic import SecretStr

from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.providers.audio_prices import OPENAI_PRICES, HourPrice, listed_price
from meeting_pipeline.providers.compatible_server import NO_KEY, is_openai, key_for
from meeting_pipeline.providers.openai_speech.server import NAME, Server
from meeting_pipeline.settings import Settings


def address_of(settings: Settings) -> str:
    """Return the server's address: its own, or that of the language model."""
    return settings.openai_transcription_base_url or settings.openai_base_url


def key_of(settings: Settings) -> SecretStr | None:
    """Return the key for the server; ``None`` if there is none and it needs one."""
    return key_for(address_of(settings), settings.openai_transcription_api_key, settings)


def used_by_default(settings: Settings) -> bool:
    """Whether it is used without being named. A key for the language model alone does not turn on paid transcription."""
    given = settings.openai_transcription_api_key is not None or settings.openai_transcription_base_url is not None
    return given and key_of(settings) is not None


def server_of(settings: Settings) -> Server:
    """Return the server."""
    return Server(
        address=address_of(settings),
        model=settings.openai_transcription_model,
        key=key_of(settings),
        call_seconds=settings.openai_transcription_call_seconds,
    )


def price_of(settings: Settings, options: TranscriptionOptions, _model: str | None = None) -> HourPrice:
    """Return the price of an hour of audio with these options: the listed one at OpenAI, unknown elsewhere without a setting.

    A server that asks for no key has nobody to bill: it costs nothing.
    """
    if settings.openai_transcription_usd_per_hour is not None:
        return HourPrice(settings.openai_transcription_usd_per_hour)
    address = options.server or address_of(settings)
    if (
        not is_openai(address)
        and address.rstrip("/") == address_of(settings).rstrip("/")
        and key_of(settings) is NO_KEY
    ):
        return HourPrice(0.0)
    models = options.speech_models or (settings.openai_transcription_model,)
    return listed_price(OPENAI_PRICES if is_openai(address) else {}, models)


def is_free(settings: Settings) -> bool:
    """Whether answers of the server cost nothing."""
    price = price_of(settings, TranscriptionOptions(provider=NAME))
    return price.known and price.usd == 0

"""What an installation says about its transcription server: address, key, model and price.

Must not go here: the settings' definitions (``settings/``).
"""

from typing import Final

from pydantic import SecretStr

from meeting_pipeline.providers.openai_speech.server import Server, is_openai
from meeting_pipeline.settings import Settings

_NO_KEY: Final = SecretStr("none")
_USD_PER_HOUR: Final = {
    "whisper-1": 0.36,
    "gpt-4o-transcribe": 0.36,
    "gpt-4o-transcribe-diarize": 0.36,
    "gpt-4o-mini-transcribe": 0.18,
}
"""OpenAI's prices of an hour of audio; those of other servers are a setting, and 0 without it: most are people's own.
Source: https://platform.openai.com/docs/pricing (0.006 and 0.003 dollars a minute)."""


def address_of(settings: Settings) -> str:
    """Return the server's address: its own, or that of the language model."""
    return settings.openai_transcription_base_url or settings.openai_base_url


def key_of(settings: Settings) -> SecretStr | None:
    """Return the key for the server; ``None`` if there is none and it needs one.

    The key of the language model goes only to the address that it was given for. A server of one's own may need none.
    """
    if settings.openai_transcription_api_key is not None:
        return settings.openai_transcription_api_key
    if address_of(settings).rstrip("/") == settings.openai_base_url.rstrip("/"):
        return settings.openai_api_key
    return None if is_openai(address_of(settings)) else _NO_KEY


def wanted(settings: Settings) -> bool:
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


def price_of(settings: Settings) -> float:
    """Return the price of an hour of audio in US dollars."""
    if settings.openai_transcription_usd_per_hour is not None:
        return settings.openai_transcription_usd_per_hour
    return _USD_PER_HOUR.get(settings.openai_transcription_model, 0.0) if is_openai(address_of(settings)) else 0.0

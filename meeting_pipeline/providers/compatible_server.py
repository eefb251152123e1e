"""The address and key of an OpenAI-compatible server with its own purpose, such as transcription or embeddings.

Must not go here: the settings themselves (``settings/``), prices, calls.
"""

from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from meeting_pipeline.settings import Settings

NO_KEY: Final = SecretStr("none")
"""Sent to a server that needs no key: the SDK requires one."""


def is_openai(address: str) -> bool:
    """Whether this is OpenAI's own address."""
    host = urlsplit(address).hostname or ""
    return host == "openai.com" or host.endswith(".openai.com")


def key_for(address: str, own: SecretStr | None, settings: Settings) -> SecretStr | None:
    """Return the key for the server at ``address``: ``own``, its own one, if there is one; ``None`` if it needs one and has none.

    The key of the language model goes only to the address that it was given for. A server of one's own may need none.
    """
    if own is not None:
        return own
    if address.rstrip("/") == settings.openai_base_url.rstrip("/"):
        return settings.openai_api_key
    return None if is_openai(address) else NO_KEY

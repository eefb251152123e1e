"""The types of settings that pydantic lacks, with the checks of single values.

Belongs here: what a value must look like, whichever setting it is for. A message says what is wrong and never shows the value.
Must not go here: the settings themselves (``settings.py``), checks that need more than one of them (``loading.py``).
"""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError

from meeting_pipeline.domain.meeting_day import known_zone
from meeting_pipeline.domain.speech_options import SpeechOptions


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def expanded_folder(value: Path) -> Path:
    """Replace ``~``. Raises: ValueError if that is impossible, or the path is not text."""
    try:
        expanded = value.expanduser()
        str(expanded).encode()
    except RuntimeError:
        raise ValueError("names a user unknown to this machine, or HOME is not set") from None
    except UnicodeEncodeError:
        raise ValueError("is not text in UTF-8") from None
    return expanded


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _web_address(value: str) -> str:
    """Check that a library can connect to this address. Messages do not show it: it may contain a password."""
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not an address such as https://host:port") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("must start with http:// or https:// and name a host")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password: the key has a variable of its own")
    if parts.query or parts.fragment or any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must not hold white space, a query or a fragment")
    return value


def _zone_name(value: str | None) -> str | None:
    if value is not None:
        known_zone(value)
    return value


def _spelling(value: str | None) -> str | None:
    """Check the JSON. It stays text: settings are hashed, and an object is not."""
    try:
        SpeechOptions.model_validate({"custom_spelling": value})
    except ValidationError:  # not chained: it shows the value
        raise ValueError('is not JSON such as {"SQL": ["sequel"]}, with one word for each that is written') from None
    return value


WebAddress = Annotated[str, BeforeValidator(_stripped), AfterValidator(_web_address)]
"""The address of a service. Surrounding white space is removed: values read from files often have it."""
Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A comma-separated list."""
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""US dollars."""
Prices = Annotated[tuple[Price, ...], BeforeValidator(_split)]
"""Comma-separated prices."""
Folder = Annotated[Path, AfterValidator(expanded_folder)]
"""A folder; it may begin with ``~``."""
SecretAddress = Annotated[SecretStr | None, BeforeValidator(_stripped)]
"""An address that may contain a password, or none."""
TimeZone = Annotated[str | None, AfterValidator(_zone_name)]
"""The name of a time zone, or none."""
SpellingText = Annotated[str | None, AfterValidator(_spelling)]
"""Custom spelling as JSON (``domain/speech_options.py``), or none."""

"""The types of settings that pydantic lacks, with the checks of single values.

Belongs here: the form of a value, whichever setting it is for. A message says what is wrong and never shows the value.
Must not go here: the settings themselves (``settings.py``), checks that need more than one of them (``loading.py``).
"""

import math
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError

from meeting_pipeline.domain.meeting_day import known_zone
from meeting_pipeline.domain.speech_options import SpeechOptions

Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""US dollars."""
ListedPrice = tuple[str, tuple[Price, ...], date]
"""A name, its prices, and the day on which they were compared. Settings are hashable, so a list of these is no mapping."""


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
        raise ValueError("must not hold a user name or password: the key has its own variable")
    if parts.query or parts.fragment or any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must not hold white space, a query or a fragment")
    return value


_LISTED_PRICE: Final = re.compile(r"(?P<prices>[0-9.]{1,20}(?:/[0-9.]{1,20}){0,3})@(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})")


def _price_list(value: object) -> object:
    """Read ``NAME=PRICE[/PRICE...]@DATE,...``; the last entry of a name counts. Raises: ValueError, which shows no value."""
    if not isinstance(value, str):
        return value
    found: dict[str, tuple[tuple[float, ...], date]] = {}
    for entry in filter(None, (part.strip() for part in value.split(","))):
        name, _, price = entry.partition("=")
        match = _LISTED_PRICE.fullmatch(price.strip())
        try:
            prices = tuple(float(part) for part in match["prices"].split("/")) if match else ()
            day = date.fromisoformat(match["day"]) if match else None
        except ValueError:
            match = day = None
        if not name.strip() or match is None or day is None or not all(math.isfinite(price) for price in prices):
            raise ValueError("must be entries such as NAME=0.10/0.01/0.50@2026-11-01, separated by commas")
        found[" ".join(name.split())] = (prices, day)
    return tuple((name, *given) for name, given in found.items())


def _of_tokens(value: tuple[ListedPrice, ...]) -> tuple[ListedPrice, ...]:
    if any(len(prices) not in (3, 4) for _, prices, _ in value):
        raise ValueError(
            "each entry needs three prices (input, cached input, output), and may have a fourth (cache writes)"
        )
    return value


def _of_hours(value: tuple[ListedPrice, ...]) -> tuple[ListedPrice, ...]:
    if any(len(prices) != 1 for _, prices, _ in value):
        raise ValueError("each entry needs one price, of an hour of audio")
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


def _storage_url(value: str) -> str:
    """Check the address of a bucket. Messages do not show it."""
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError("is not an address such as s3://bucket/prefix") from None
    if parts.scheme not in ("s3", "gs", "az") or not parts.netloc:
        raise ValueError("must start with s3://, gs:// or az:// and name a bucket or container")
    if "@" in parts.netloc or ":" in parts.netloc:
        raise ValueError("must not hold a key: keys have their own variables")
    if parts.query or parts.fragment or any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must not hold white space, a query or a fragment")
    if any(part in (".", "..") for part in parts.path.split("/")) or "//" in parts.path:
        raise ValueError("must not hold empty parts, `.` or `..`")
    return value.rstrip("/")


_HOST: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>[0-9]{1,5}))?")


def split_host(value: str) -> tuple[str, int | None]:
    """Host, without brackets, and port of ``host:port``; an empty host if it is not of this form."""
    found = _HOST.fullmatch(value)
    if found is None:
        return "", None
    return found["host"].strip("[]"), int(found["port"]) if found["port"] else None


def _mail_host(value: str) -> str:
    host, port = split_host(value)
    if not host or (port is not None and not 0 < port <= 65535):
        raise ValueError("is not a host or host:port")
    return value


def _no_placeholder(value: SecretStr | None) -> SecretStr | None:
    """Examples of commands say ``...`` for a key. As a key it would be sent to the provider, which refuses it."""
    if value is not None and not value.get_secret_value().strip(" .…"):
        raise ValueError("is the placeholder of an example, not a key")
    return value


MailHost = Annotated[str, BeforeValidator(_stripped), AfterValidator(_mail_host)]
"""A host, with or without a port."""
WebAddress = Annotated[str, BeforeValidator(_stripped), AfterValidator(_web_address)]
"""The address of a service. Surrounding white space is removed: values read from files often have it."""
StorageUrl = Annotated[str, BeforeValidator(_stripped), AfterValidator(_storage_url)]
"""The address of a bucket, with or without a prefix in it."""
Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A comma-separated list."""
Prices = Annotated[tuple[Price, Price, Price], BeforeValidator(_split)]
"""Three comma-separated prices."""
TokenPrices = Annotated[tuple[ListedPrice, ...], BeforeValidator(_price_list), AfterValidator(_of_tokens)]
"""Prices per million tokens by model, or by model and service tier, each with its date."""
HourPrices = Annotated[tuple[ListedPrice, ...], BeforeValidator(_price_list), AfterValidator(_of_hours)]
"""Prices of an hour of audio by model or add-on, each with its date."""
Folder = Annotated[Path, AfterValidator(expanded_folder)]
"""A folder; it may begin with ``~``."""
SecretAddress = Annotated[SecretStr | None, BeforeValidator(_stripped)]
"""An address that may contain a password, or none."""
ApiKey = Annotated[SecretStr | None, AfterValidator(_no_placeholder)]
"""The key of a provider, or none."""
TimeZone = Annotated[str | None, AfterValidator(_zone_name)]
"""The name of a time zone, or none."""
SpellingText = Annotated[str | None, AfterValidator(_spelling)]
"""Custom spelling as JSON (``domain/speech_options.py``), or none."""

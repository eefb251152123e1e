"""E-mail addresses, as settings and submitters give them.

Belongs here: which addresses are accepted, and which domains a submitter may name. Must not go here: sending (``mail/``).
"""

import re
from collections.abc import Collection
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator

RECIPIENTS: Final = 20
"""At most this many recipients for one submission: more is a mailing list, which has its own address."""
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,16}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){0,16}[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_ENCODED: Final = "=?"
"""Begins an encoded word (RFC 2047), which mail programs decode in headers: the address would become other text there."""
_LONGEST: Final = 254
"""Longest address (RFC 5321, with erratum 1690)."""


def mail_address(value: str) -> str:
    """One address, without a name, with its domain in lower case. Raises: ValueError, which does not show it."""
    text = value.strip()
    if len(text) > _LONGEST or _ENCODED in text or _ADDRESS.fullmatch(text) is None:
        raise ValueError("is not an e-mail address such as ann@example.org, in ASCII and without a name")
    name, _, domain = text.rpartition("@")
    return f"{name}@{domain.lower()}"


def domain_of(address: str) -> str:
    """The domain of an address."""
    return address.rpartition("@")[2].lower()


def outside(addresses: Collection[str], domains: Collection[str]) -> list[str]:
    """The domains of those addresses to which submitters may not send, sorted."""
    return sorted({domain_of(one) for one in addresses} - {domain.lower() for domain in domains})


def _listed(value: object) -> object:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return tuple(dict.fromkeys(mail_address(one) for one in value))
    return value


def _not_too_many(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(value) > RECIPIENTS:
        raise ValueError(f"has more than {RECIPIENTS} addresses")
    return value


MailAddress = Annotated[str, AfterValidator(mail_address)]
"""One address."""
MailAddresses = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_not_too_many)]
"""Addresses, each once; also as one text, separated by commas."""

"""Masking what is secret in a receiver's answer: debug pages show the request that they got, headers and address.

Must not go here: what an answer repeats of the meeting (``redaction.py``).
"""

import html
import json
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, unquote

MASK = "[masked]"
_HEADERS = ("x-webhook-secret", "webhook-signature")
_SHORTEST = 8
"""Shorter values are not masked: they occur in ordinary words (``SidecarOptions`` asks for 8)."""


def secrets_of(headers: Mapping[str, str], path: bytes = b"") -> tuple[str, ...]:
    """What an answer must not show of a request: secret headers, and the query of its URL with the values in it."""
    found = [value for name, value in headers.items() if name.lower() in _HEADERS]
    query = path.decode("ascii", "replace").partition("?")[2]
    found += [query, *(value for _, value in parse_qsl(query))]
    found += [pair.partition("=")[2] for pair in query.split("&")]
    return tuple(found)


def masked(text: str, secrets: Iterable[str]) -> str:
    """``text`` without the secrets, as they are or escaped for a URL, JSON or HTML."""
    forms = {form for secret in secrets for form in _forms(secret) if len(form) >= _SHORTEST}
    for form in sorted(forms, key=len, reverse=True):  # the longest first: one may hold another
        text = text.replace(form, MASK)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    quoted = json.dumps(secret)[1:-1]
    return secret, quote(secret, safe=""), unquote(secret), quoted, html.escape(secret), html.escape(quoted)

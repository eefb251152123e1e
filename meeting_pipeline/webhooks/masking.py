"""Mask secrets in a receiver's response: debug pages show the received request with its headers and URL.

Must not go here: meeting content that a response repeats (``redaction.py``).
"""

import html
import json
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, unquote

MASK = "[masked]"
_HEADERS = ("x-webhook-secret", "webhook-signature")
_SHORTEST = 8
"""Shorter values are not masked: they occur in ordinary words (``SidecarOptions`` requires 8)."""


def secrets_of(headers: Mapping[str, str], path: bytes = b"") -> tuple[str, ...]:
    """Return the secrets of a request: secret headers, and the query of its URL with the values in it."""
    found = [value for name, value in headers.items() if name.lower() in _HEADERS]
    found += [part for value in found for part in value.split(" ")]  # one signature for each secret
    query = path.decode("ascii", "replace").partition("?")[2]
    found += [query, *(value for _, value in parse_qsl(query))]
    found += [pair.partition("=")[2] for pair in query.split("&")]
    return tuple(found)


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with the secrets masked, both plain and escaped for a URL, JSON or HTML."""
    forms = {form for secret in secrets for form in _forms(secret) if len(form) >= _SHORTEST}
    for form in sorted(forms, key=len, reverse=True):  # longest first: one may contain another
        text = text.replace(form, MASK)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    quoted = json.dumps(secret)[1:-1]
    return secret, quote(secret, safe=""), unquote(secret), quoted, html.escape(secret), html.escape(quoted)

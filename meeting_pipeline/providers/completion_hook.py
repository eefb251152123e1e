"""The completion hook: the address at which a provider reports that an order is finished, and the secret that it sends.

The report is a hint to poll at once, never a result. Belongs here: the data that a provider gets with an order. Must not go
here: creating the secret (``steps/transcription/completion_hooks.py``), the endpoint (``api/routes/completion_hooks.py``).
"""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from meeting_pipeline.foundation.proxies import is_loopback
from meeting_pipeline.webhooks.networks import is_public

HEADER: Final = "X-Meeting-Pipeline-Hook"
"""The header that carries the secret."""
PATH: Final = "/v1/providers/{provider}/finished"
"""The endpoint of the HTTP service."""


@dataclass(frozen=True)
class CompletionHook:
    """Where a provider reports a finished order. ``secret`` is the value of ``HEADER``."""

    url: str
    secret: str = field(repr=False)


def can_be_called(url: str, provider_url: str) -> bool:
    """Whether a provider at ``provider_url`` may be able to call this address, and the secret is safe on its way.

    A name within an organisation cannot be distinguished from a public one: calls to it get lost, and polling does not need them.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if is_loopback(url):
        return is_loopback(provider_url)
    if parts.scheme.lower() != "https" or "@" in parts.netloc:
        return False
    try:
        return is_public(ip_address(host))
    except ValueError:
        return "." in host.strip(".")

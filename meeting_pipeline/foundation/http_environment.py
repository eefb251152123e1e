"""How outbound HTTP reaches an address: the certificates that are trusted and the proxy, both from environment variables.

The libraries that we use each read these variables differently, and fail on a mistake with arbitrary exceptions. So they
are read here for all clients, and each client is created with the result and ``trust_env=False``.
Must not go here: the variables (``tls_trust.py``, ``proxies.py``), requests, timeouts.
"""

import os
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from meeting_pipeline.foundation.bad_environment import Environment
from meeting_pipeline.foundation.proxies import is_loopback, proxy_for
from meeting_pipeline.foundation.tls_trust import trusted, without_trust

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Transport:
    """How an address is reached. ``proxy`` may contain credentials, so it is left out of the representation."""

    tls: ssl.SSLContext
    proxy: "httpx.URL | None"

    def __repr__(self) -> str:
        """Says whether there is a proxy, without anything that could be a password."""
        return f"Transport(proxy={'set' if self.proxy is not None else None})"

    @property
    def proxy_tls(self) -> ssl.SSLContext | None:
        """The TLS context for the connection to the proxy itself; ``None`` for plain HTTP or SOCKS."""
        return self.tls if self.proxy is not None and self.proxy.scheme == "https" else None


def transport(base_url: str, environment: Environment | None = None) -> Transport:
    """How to reach ``base_url``. Certificates are read only if TLS is used; no proxy is used for this machine.

    Raises: OperatorError ``bad_environment``, which names the variable but never shows its value.
    """
    given = os.environ if environment is None else environment
    address = urlsplit(base_url)
    proxy = None if is_loopback(base_url) else proxy_for(address.scheme.lower(), address.hostname, address.port, given)
    secure = address.scheme.lower() == "https" or (proxy is not None and proxy.scheme == "https")
    return Transport(trusted(given) if secure else without_trust(), proxy)

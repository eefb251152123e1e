"""Whether other machines can reach the HTTP service, according to the settings alone.

Must not go here: listening (``supervisor/bind_address.py``), who may call what (``api/security/access.py``).
"""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from meeting_pipeline.settings.settings import Settings

_NAMES: Final = ("localhost",)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service that listens on this host. Of names, only ``localhost`` counts."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() in _NAMES


def exposed_by(settings: Settings) -> str | None:
    """The setting that makes the service reachable from other machines; ``None`` if only this machine can reach it."""
    if not is_loopback(settings.api_host):
        return "api_host"
    public = urlsplit(settings.api_public_url or "").hostname
    return "api_public_url" if public is not None and not is_loopback(public) else None

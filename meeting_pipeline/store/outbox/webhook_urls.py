"""What the store keeps of a webhook's URL without showing it: its hash, its host, and a form for people and logs.

Pure functions of a URL. Must not go here: whether a URL may be used (``webhooks/addresses.py``), rows (``endpoints.py``).
"""

import hashlib
from typing import Final
from urllib.parse import SplitResult, urlsplit

_SECRET_PATHS: Final = ("hooks.slack.com", "hooks.slack-gov.com", "webhook.office.com")
"""Hosts of chats where anyone who knows the path can post."""


def target_of(url: str) -> str:
    """The endpoint of a URL: the SHA-256 of its text, in hex. Two URLs are one endpoint only if their text is identical."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def host_of(url: str) -> str:
    """The host in lower case, without a final dot; empty if the URL cannot be parsed."""
    parts = _split(url)
    return (parts.hostname or "").removesuffix(".") if parts else ""


def shown_url(url: str) -> str:
    """Scheme, host, port and path; no path where it is the credential.

    A user name, password, query or fragment may be a credential, so they are left out.
    """
    parts = _split(url)
    if parts is None:
        return "(unreadable URL)"
    place = parts.netloc.rpartition("@")[2]
    host = (parts.hostname or "").removesuffix(".")
    if any(host == chat or host.endswith(f".{chat}") for chat in _SECRET_PATHS):
        return f"{parts.scheme}://{place}/..."
    return f"{parts.scheme}://{place}{parts.path}" + ("?..." if parts.query else "")


def is_endpoint(url: str, wanted: str) -> bool:
    """Whether ``wanted``, typed by a person, means this URL: the whole URL, its displayed form, its host, or host:port."""
    if wanted in (url, shown_url(url), shown_url(url).removesuffix("?...")):
        return True
    parts = _split(url)
    return parts is not None and wanted.lower() in (host_of(url), parts.netloc.rpartition("@")[2].lower())


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.hostname is not None else None
    except ValueError:
        return None

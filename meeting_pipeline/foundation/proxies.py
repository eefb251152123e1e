"""Which proxy an address is reached through: ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``.

Lower-case names take precedence. Must not go here: certificates (``tls_trust.py``), which addresses may be called
(``webhooks/addresses.py``).
"""

import ipaddress
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from meeting_pipeline.foundation.bad_environment import Environment, refuse_variable

if TYPE_CHECKING:
    import httpx


_PORTS: Final = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_NO_PROXY_ENTRY = re.compile(r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<plain>[^\[\]]*?))(?P<prefix>/\d+)?(?::(?P<port>\d+))?")


def is_loopback(base_url: str) -> bool:
    """Whether an address is on this machine, where a proxy cannot reach it."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_unspecified)


def proxy_for(scheme: str, host: str | None, port: int | None, environment: Environment) -> "httpx.URL | None":
    """The proxy for an address; ``None`` for none. Raises: OperatorError ``bad_environment``."""
    import httpx  # not at the top: it would cost every process that only loads the definitions 0.1 s

    _, excepted = _variable("NO_PROXY", environment)
    if host is None or _is_excepted(host, scheme, port or _PORTS.get(scheme, 0), excepted):
        return None
    name, value = _variable(f"{scheme.upper()}_PROXY", environment)
    if not value:
        name, value = _variable("ALL_PROXY", environment)
    if not value:
        return None
    try:
        proxy = httpx.URL(value if "://" in value else f"http://{value}")
        proxy.raw_host  # noqa: B018 - some mistakes are only detected here
    except (httpx.InvalidURL, ValueError):  # not chained: the cause may contain a password
        refuse_variable(name, "is not the address of a proxy, such as http://user:password@host:3128")
    if proxy.scheme not in ("http", "https", "socks5", "socks5h"):
        refuse_variable(name, "names a kind of proxy that is not supported: http, https, socks5 and socks5h are")
    if _HOST.fullmatch(proxy.host) is None or (proxy.port is not None and not 0 < proxy.port <= 65535):
        refuse_variable(name, "names a proxy without a usable host name or port")
    if proxy.scheme.startswith("socks") and find_spec("socksio") is None:
        refuse_variable(name, "names a SOCKS proxy, which needs the package socksio (`.venv/bin/pip install socksio`)")
    return proxy


def _variable(name: str, environment: Environment) -> tuple[str, str]:
    """Name and value of a variable, read as other programs do: the lower-case name wins, even if its value is empty."""
    spelled = name.lower() if name.lower() in environment else name
    return spelled, environment.get(spelled, "").strip()


def _is_excepted(host: str, scheme: str, port: int, listed: str) -> bool:
    """Whether ``NO_PROXY`` covers the host, as in curl and Go: entries that cannot be parsed are ignored."""
    address = _address(host)
    for entry in re.split(r"[,\s]+", listed.lower()):
        if entry == "*":
            return True
        kind, separator, rest = entry.partition("://")
        if separator and kind not in (scheme, "all"):
            continue
        name, wanted_port = _taken_apart(rest if separator else entry)
        if not name or wanted_port not in (None, port):
            continue
        network = _network(name)
        if network is not None:
            if address is not None and address.version == network.version and address in network:
                return True
            continue
        domain = name.removeprefix("*").strip(".")
        if domain and (host.rstrip(".") == domain or host.rstrip(".").endswith(f".{domain}")):
            return True
    return False


def _taken_apart(entry: str) -> tuple[str, int | None]:
    """Host or network of an entry, and its port. An IPv6 address with a port needs brackets, or it would be ambiguous."""
    if entry.count(":") > 1 and not entry.startswith("["):
        return entry, None
    found = _NO_PROXY_ENTRY.fullmatch(entry)
    if found is None:
        return "", None
    name = (found["bracketed"] or found["plain"] or "") + (found["prefix"] or "")
    return name, int(found["port"]) if found["port"] else None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError:
        return None

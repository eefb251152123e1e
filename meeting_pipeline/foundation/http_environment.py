"""Environment variables for outbound HTTP: which certificates are trusted, and which proxy is used for an address.

The libraries that we use each read these variables differently, and fail on a mistake with arbitrary exceptions. So they
are read here for all clients, and each client is created with the result and ``trust_env=False``.
Variables: ``SSL_CERT_FILE``, ``SSL_CERT_DIR``, ``SSLKEYLOGFILE``, ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY``,
``NO_PROXY``; the proxy variables also in lower case, which takes precedence. Must not go here: requests, timeouts, which
addresses may be called (``webhooks/addresses.py``).
"""

import ipaddress
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urlsplit

import certifi

from meeting_pipeline.domain.errors import OperatorError

if TYPE_CHECKING:
    import httpx

Environment = Mapping[str, str]
BAD_ENVIRONMENT: Final = "bad_environment"
_PORTS: Final = {"http": 80, "https": 443}
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
"""Names of certificates in a folder, as ``openssl rehash`` creates them: OpenSSL ignores all others."""
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_NO_PROXY_ENTRY = re.compile(r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<plain>[^\[\]]*?))(?P<prefix>/\d+)?(?::(?P<port>\d+))?")


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
    proxy = None if is_loopback(base_url) else _proxy_for(address.scheme.lower(), address.hostname, address.port, given)
    secure = address.scheme.lower() == "https" or (proxy is not None and proxy.scheme == "https")
    return Transport(trusted(given) if secure else without_trust(), proxy)


def trusted(environment: Environment | None = None) -> ssl.SSLContext:
    """A context that trusts the public authorities (certifi), plus those named by the variables or in the system's store.

    Raises: OperatorError ``bad_environment``.
    """
    given = os.environ if environment is None else environment
    context = _context(given)
    if file := given.get("SSL_CERT_FILE"):
        _load_file(context, file)
    elif folders := given.get("SSL_CERT_DIR"):
        _load_folders(context, folders)
    else:
        _load_system_store(context)
    return context


def without_trust() -> ssl.SSLContext:
    """A context for plain HTTP, which needs none: no variable can break it, and accidental TLS is refused."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def is_loopback(base_url: str) -> bool:
    """Whether an address is on this machine, where a proxy cannot reach it."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_unspecified)


def _context(environment: Environment) -> ssl.SSLContext:
    try:
        # With ``cafile`` it reads neither the system's store nor SSL_CERT_FILE. It does read SSLKEYLOGFILE.
        return ssl.create_default_context(cafile=certifi.where())
    except OSError as error:
        if environment.get("SSLKEYLOGFILE"):
            _refuse("SSLKEYLOGFILE", f"names a file that cannot be written ({_reason(error)})", error)
        raise OperatorError(
            BAD_ENVIRONMENT,
            f"The certificates of the package certifi cannot be loaded ({_reason(error)}).",
            "Install again: make setup.",
        ) from error


def _load_file(context: ssl.SSLContext, file: str) -> None:
    try:
        Path(file).read_bytes()  # first: its error says what is wrong, OpenSSL's often does not
    except (OSError, ValueError) as error:  # ValueError: not a possible file name
        _refuse("SSL_CERT_FILE", f"names a file that cannot be read ({_reason(error)})", error)
    try:
        context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        _refuse("SSL_CERT_FILE", "names a file that does not hold certificates in PEM format", error)


def _load_folders(context: ssl.SSLContext, folders: str) -> None:
    found = False
    for folder in folders.split(os.pathsep):
        try:
            found = any(_HASHED.fullmatch(entry.name) for entry in Path(folder).iterdir()) or found
        except (OSError, ValueError) as error:
            _refuse("SSL_CERT_DIR", f"names a folder that cannot be read ({_reason(error)})", error)
    if not found:
        _refuse("SSL_CERT_DIR", "names a folder without certificates under their hashes (run `openssl rehash` on it)")
    context.load_verify_locations(capath=folders)


def _load_system_store(context: ssl.SSLContext) -> None:
    """Load OpenSSL's built-in locations. OpenSSL's loader is not used: it would read an empty variable as a file name."""
    places = ssl.get_default_verify_paths()
    for name, place in (("cafile", places.openssl_cafile), ("capath", places.openssl_capath)):
        try:
            if place and Path(place).exists():
                context.load_verify_locations(**{name: place})
        except OSError:
            continue  # the system's store is broken, but certifi's authorities are already loaded


def _proxy_for(scheme: str, host: str | None, port: int | None, environment: Environment) -> "httpx.URL | None":
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
        _refuse(name, "is not the address of a proxy, such as http://user:password@host:3128")
    if proxy.scheme not in ("http", "https", "socks5", "socks5h"):
        _refuse(name, "names a kind of proxy that is not supported: http, https, socks5 and socks5h are")
    if _HOST.fullmatch(proxy.host) is None or (proxy.port is not None and not 0 < proxy.port <= 65535):
        _refuse(name, "names a proxy without a usable host name or port")
    if proxy.scheme.startswith("socks") and find_spec("socksio") is None:
        _refuse(name, "names a SOCKS proxy, which needs the package socksio (`.venv/bin/pip install socksio`)")
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


def _refuse(variable: str, what: str, cause: Exception | None = None) -> NoReturn:
    raise OperatorError(
        BAD_ENVIRONMENT,
        f"The environment variable {variable} {what}.",
        f"Correct or unset {variable} and restart `up`: waiting recordings resume automatically.",
    ) from cause


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__

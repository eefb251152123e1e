"""Which URLs a webhook may have, and to which addresses it may connect.

A URL is checked when it is submitted (``check_url``) and again, with its resolved addresses, before connecting
(``check_address``): a name may resolve differently by then. Belongs here: rules about scheme, host and port.
Must not go here: resolving and connecting (``guard.py``).
"""

import re
import socket
from dataclasses import dataclass

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.allowlist import AllowList, parse_allow
from meeting_pipeline.webhooks.networks import Address, is_never_dialled, is_public, parse_address

URL_REFUSED = "webhook_url_refused"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")


@dataclass(frozen=True)
class Target:
    """A parsed URL.

    ``host`` is lower-case ASCII without a final dot; ``address`` is set if the host is an IP address literal.
    """

    scheme: str
    host: str
    port: int
    path: bytes
    address: Address | None

    @property
    def host_header(self) -> str:
        """The value of the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str, allow: tuple[str, ...]) -> None:
    """Check a webhook URL at submission, without resolving its host.

    ``allow`` is the setting ``webhook_allow``.
    Raises: PermanentError ``webhook_url_refused`` with the reason; ``bad_setting`` if ``allow`` is malformed.
    """
    check_target(parse_target(url), parse_allow(allow))


def check_target(target: Target, allow: AllowList) -> None:
    """Check everything about a target that is known before its name is resolved.

    Raises: PermanentError ``webhook_url_refused``.
    """
    if target.address is not None:
        check_address(target.address, target, allow)
    elif target.port not in policies.WEBHOOK_PORTS and not (
        allow.has_host(target.host, target.port) or allow.may_cover_port(target.port)
    ):
        raise _port_refused(target)


def parse_target(url: str) -> Target:
    """Parse a URL, with the same parser for the check and for the request.

    Raises: PermanentError ``webhook_url_refused``.
    """
    import httpx  # not at the top: costs 0.1 s in every process that only loads the definitions

    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode("ascii").lower().removesuffix(".")
    except (httpx.InvalidURL, ValueError) as error:
        raise _refused("it is not a valid URL") from error
    if parsed.scheme not in _DEFAULT_PORTS:
        raise _refused("it must start with http:// or https://")
    if parsed.userinfo or "@" in url.partition("://")[2].partition("/")[0]:
        raise _refused("it must not contain a user name or password")
    address = _literal(host)
    if address is None and (len(host) > policies.WEBHOOK_HOST_CHARACTERS or _NAME.fullmatch(host) is None):
        raise _refused("it has no usable host name")
    port = _DEFAULT_PORTS[parsed.scheme] if parsed.port is None else parsed.port
    if not 0 < port <= 65535:
        raise _refused("its port is not between 1 and 65535")
    return Target(parsed.scheme, host, port, parsed.raw_path, address)


def check_address(address: Address, target: Target, allow: AllowList) -> None:
    """Check an address before connecting to it for ``target``.

    Raises: PermanentError ``webhook_url_refused``.
    """
    if is_never_dialled(address):
        raise _refused(f"{target.host} leads to a link-local, metadata or otherwise unusable address")
    if allow.has_host(target.host, target.port) or allow.has_address(address, target.port):
        return
    if not is_public(address):
        raise _refused(f"{target.host} leads to an address that is not on the public internet")
    if target.port not in policies.WEBHOOK_PORTS:
        raise _port_refused(target)


def _literal(host: str) -> Address | None:
    """Return the address that the host represents, in any form that resolvers accept (``2130706433``, ``0x7f.1``)."""
    if ":" in host:
        try:
            return parse_address(host)
        except ValueError as error:
            raise _refused("its IPv6 address is malformed or names an interface") from error
    if _NUMBER.fullmatch(host.rpartition(".")[2]) is None:
        return None
    try:
        return parse_address(socket.inet_ntoa(socket.inet_aton(host)))
    except OSError as error:
        raise _refused("its host looks like an IP address but is not one") from error


def _refused(reason: str) -> PermanentError:
    return PermanentError(
        URL_REFUSED,
        f"The webhook URL is refused: {reason}.",
        "Use a public URL, or ask the operator to allow the receiver in MEETING_PIPELINE_WEBHOOK_ALLOW.",
    )


def _port_refused(target: Target) -> PermanentError:
    usual = " and ".join(str(port) for port in policies.WEBHOOK_PORTS)
    return _refused(f"port {target.port} is not allowed for {target.host} (only {usual} are)")

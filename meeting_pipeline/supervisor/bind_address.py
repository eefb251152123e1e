"""Addresses and ports: which are free, and whether the HTTP service may listen there.

Other machines may reach it only if callers need a key.

Must not go here: who may call what (``api/security/access.py``), the server itself (``api/server.py``).
"""

import errno
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import VARIABLES
from meeting_pipeline.settings.reachability import exposed_by

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation


def require_key_beyond_loopback(installation: "Installation") -> None:
    """Raises: OperatorError ``api_key_needed`` if other machines could reach the service and there is no key."""
    setting = exposed_by(installation.settings)
    if setting is not None and not installation.store.api_keys.any_in_force():
        raise OperatorError(
            "api_key_needed",
            f"Other machines could reach the HTTP service ({VARIABLES[setting]}), and there is no API key to protect it.",
            f"Create one: meeting-pipeline keys create --name NAME --scope submit; or unset {VARIABLES[setting]}.",
        )


def address_of(host: str, port: int) -> str:
    """The URL under which this machine reaches the service."""
    try:
        address = ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{host}]:{port}" if address.version == 6 else f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on this address. Raises: OperatorError ``port_in_use``, ``bad_address``."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _bad_address(host, error) from error
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen()  # two sockets may bind to a port, but only one may listen
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise port_in_use(host, port, "api_port") from error
        raise _bad_address(host, error) from error
    return bound


def free_port(host: str, not_this: int = 0) -> int:
    """A port of this host that nobody uses. Raises: OperatorError ``bad_address``."""
    while True:
        with listen(host, 0) as probe:
            port = int(probe.getsockname()[1])
        if port != not_this:
            return port


def require_free(host: str, port: int) -> None:
    """Raises: OperatorError ``port_in_use`` if another program uses the port of the UI."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise port_in_use(host, port, "ui_port") from error


def port_in_use(host: str, port: int, setting: str) -> OperatorError:
    """The error for a port that another program uses."""
    return OperatorError(
        "port_in_use",
        f"Port {port} on {host} is in use.",
        f"Stop the program that uses it, or choose another port with {VARIABLES[setting]} (0: any free port).",
    )


def _bad_address(host: str, error: OSError) -> OperatorError:
    reason = error.strerror or type(error).__name__
    return OperatorError(
        "bad_address",
        f"The HTTP service cannot listen on {host}: {reason}.",
        f"Correct {VARIABLES['api_host']} or {VARIABLES['api_port']}; the defaults are 127.0.0.1 and port 3001.",
    )

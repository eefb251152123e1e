"""Which certificates outbound HTTP trusts: certifi's, and those named by ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``.

OpenSSL also reads ``SSLKEYLOGFILE``. Must not go here: proxies (``proxies.py``).
"""

import os
import re
import ssl
from pathlib import Path

import certifi

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.bad_environment import BAD_ENVIRONMENT, Environment, os_reason, refuse_variable

_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")
"""Names of certificates in a folder, as ``openssl rehash`` creates them: OpenSSL ignores all others."""


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


def _context(environment: Environment) -> ssl.SSLContext:
    try:
        # With ``cafile`` it reads neither the system's store nor SSL_CERT_FILE. It does read SSLKEYLOGFILE.
        return ssl.create_default_context(cafile=certifi.where())
    except OSError as error:
        if environment.get("SSLKEYLOGFILE"):
            refuse_variable("SSLKEYLOGFILE", f"names a file that cannot be written ({os_reason(error)})", error)
        raise OperatorError(
            BAD_ENVIRONMENT,
            f"The certificates of the package certifi cannot be loaded ({os_reason(error)}).",
            "Install again: make setup.",
        ) from error


def _load_file(context: ssl.SSLContext, file: str) -> None:
    try:
        Path(file).read_bytes()  # first: its error says what is wrong, OpenSSL's often does not
    except (OSError, ValueError) as error:  # ValueError: not a possible file name
        refuse_variable("SSL_CERT_FILE", f"names a file that cannot be read ({os_reason(error)})", error)
    try:
        context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        refuse_variable("SSL_CERT_FILE", "names a file that does not hold certificates in PEM format", error)


def _load_folders(context: ssl.SSLContext, folders: str) -> None:
    found = False
    for folder in folders.split(os.pathsep):
        try:
            found = any(_HASHED.fullmatch(entry.name) for entry in Path(folder).iterdir()) or found
        except (OSError, ValueError) as error:
            refuse_variable("SSL_CERT_DIR", f"names a folder that cannot be read ({os_reason(error)})", error)
    if not found:
        refuse_variable(
            "SSL_CERT_DIR", "names a folder without certificates under their hashes (run `openssl rehash` on it)"
        )
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

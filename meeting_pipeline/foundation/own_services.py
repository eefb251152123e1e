"""HTTP requests to services of this system on this machine: plain, without proxies, with the standard library alone.

The processes that watch the others send requests every few seconds for as long as the system runs; an HTTP library would take
ten megabytes in each. Must not go here: requests to other systems (``http_environment.py``), their content.
"""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """``status`` of HTTP, and the body."""

    status: int
    body: bytes


def ask(url: str, *, seconds: float, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    """Send a GET, or a POST if there is a ``body``. ``seconds``: how long the service may be silent.

    Raises: OSError, also for an answer that is none.
    """
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=seconds)
    try:
        connection.request("GET" if body is None else "POST", place.path or "/", body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.read())
    except http.client.HTTPException as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()

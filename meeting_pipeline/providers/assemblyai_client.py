"""Connections to AssemblyAI: the SDK's client on top of our HTTP client, one per call in progress.

The SDK's own HTTP client applies the proxy variables even to loopback addresses, raises exceptions of any kind if they are
wrong, shares one "last response" between all threads, and cannot abort one call in the middle of a response without aborting
all the others. So each call borrows a connection; if it times out, only its connection is closed and dropped.
Belongs here: how a request reaches the provider and what a failure means. Must not go here: the content of requests.
"""

import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from meeting_pipeline.domain.errors import OperatorError, ProviderUnavailable
from meeting_pipeline.foundation.http_environment import transport
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.http_errors import (
    is_untrusted,
    limited,
    proxy_error,
    require_sendable_key,
    status_error,
    untrusted_error,
)

if TYPE_CHECKING:
    import assemblyai as aai

T = TypeVar("T")
PROVIDER = "assemblyai"
_IDLE_CONNECTIONS = 8
"""Kept for the next calls: an idle one holds a socket, so more are closed after use."""


@dataclass(frozen=True)
class Connection:
    """The SDK's transcriber and its HTTP client. Used by one call at a time."""

    transcriber: "aai.Transcriber"
    http: httpx.Client

    def get(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object of a GET, bypassing the SDK's models.

        Raises: TypeError for JSON that is not an object; ``Connections.run`` translates it.
        """
        body = self.http.get(path, params=params).json()
        if not isinstance(body, dict):
            raise TypeError("not an object")
        return body


class Connections:
    """A pool of connections; thread-safe. Opens nothing before the first call."""

    def __init__(self, api_key: str, base_url: str) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        # Do not leak sockets if the owner forgets to close.
        weakref.finalize(self, _close_all, self._idle)
        mine = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: _call(mine()))

    def run(self, seconds: float, work: Callable[[Connection], T]) -> T:
        """Do ``work`` with a connection that no other call uses, within ``seconds`` of wall-clock time.

        Raises: ProviderUnavailable (``provider_timeout``, ``provider_unreachable``, ``provider_unavailable``,
            ``provider_busy``), ProviderRefused, OperatorError, and the PipelineErrors of ``work``.
        """
        connection = self._take()
        try:
            result = limited(seconds, lambda: _translated(connection, work), abandon=connection.http.close)
        except BaseException:
            # The next call must not inherit whatever state the failed call left the connection in.
            connection.http.close()
            raise
        self._give_back(connection)
        return result

    def close(self) -> None:
        """Close the idle connections."""
        _close_all(self._idle)

    def _after_fork(self) -> None:
        """Drop the parent's sockets: parent and child would read responses meant for the other."""
        self._lock = threading.Lock()
        _close_all(self._idle)

    def _take(self) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _connect(self._api_key, self._base_url)

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            if len(self._idle) < _IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.http.close()


def _call(function: Callable[[], None] | None) -> None:
    if function is not None:
        function()


def _close_all(connections: list[Connection]) -> None:
    while connections:
        connections.pop().http.close()


def _connect(api_key: str, base_url: str) -> Connection:
    """Raises: OperatorError ``assemblyai_key_refused``, ``bad_setting``, ``bad_environment``."""
    import assemblyai as aai

    require_sendable_key(PROVIDER, api_key)
    http = _http_client(api_key, base_url)
    # Set every field that is used: the SDK reads the others from the environment.
    settings = aai.Settings(
        api_key=api_key, base_url=base_url, http_timeout=policies.PROVIDER_READ_SECONDS, polling_interval=3.0
    )

    class DirectClient(aai.Client):
        """The SDK's client on top of our HTTP client. Its own constructor would create one from the environment."""

        def __init__(self) -> None:
            pass

        @property
        def settings(self) -> aai.Settings:
            return settings

        @property
        def http_client(self) -> httpx.Client:
            return http

        @property
        def last_response(self) -> None:
            return None

    return Connection(aai.Transcriber(client=DirectClient()), http)


def _http_client(api_key: str, base_url: str) -> httpx.Client:
    try:
        address = httpx.URL(base_url)
        way = transport(base_url)
    except (httpx.InvalidURL, ValueError) as error:  # ValueError: from parsing the address, nothing else here raises it
        raise _bad_address() from error
    return httpx.Client(
        base_url=address,
        headers={"authorization": api_key, "user-agent": f"meeting-pipeline python-httpx/{httpx.__version__}"},
        timeout=httpx.Timeout(policies.PROVIDER_READ_SECONDS, connect=policies.PROVIDER_CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        verify=way.tls,
        proxy=None if way.proxy is None else httpx.Proxy(way.proxy, ssl_context=way.proxy_tls),
        event_hooks={"response": [_refuse_other_than_200]},
    )


def _refuse_other_than_200(response: httpx.Response) -> None:
    """Raise the typed error here, where the headers are available: the SDK's exceptions do not carry Retry-After."""
    if response.status_code == httpx.codes.OK:
        return
    response.read()
    raise status_error(PROVIDER, response.status_code, _detail(response), response.headers.get("retry-after"))


def _detail(response: httpx.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        return response.reason_phrase
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, str) else response.reason_phrase


def _translated(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Do ``work`` and translate exceptions of the SDK and of HTTP into ours."""
    from assemblyai import AssemblyAIError

    try:
        return work(connection)
    except httpx.TimeoutException as error:
        raise _unavailable("provider_timeout", "AssemblyAI did not respond in time.") from error
    except httpx.ProxyError as error:
        raise proxy_error("AssemblyAI", "provider_unreachable", str(error)) from error
    except httpx.HTTPError as error:
        if is_untrusted(error):
            raise untrusted_error("AssemblyAI", "provider_unreachable") from error
        kind = type(error).__name__
        raise _unavailable("provider_unreachable", f"The connection to AssemblyAI failed ({kind}).") from error
    except httpx.InvalidURL as error:
        raise _bad_address() from error
    except (ValueError, KeyError, TypeError, RecursionError, AssemblyAIError):
        # ``from None``: the exception may contain transcript text from the unreadable response.
        raise _unavailable("provider_unavailable", "AssemblyAI's response is not JSON of its API.") from None


def _bad_address() -> OperatorError:
    return OperatorError("bad_setting", "ASSEMBLYAI_BASE_URL is not an address.", "Correct it.")


def _unavailable(code: str, message: str) -> ProviderUnavailable:
    return ProviderUnavailable(code, message, "It is retried later.")

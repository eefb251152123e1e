"""Connections to AssemblyAI: the SDK's client over an HTTP client of ours, one per call under way.

The SDK's own HTTP client follows the proxy variables even to this machine, keeps one "last response" for all threads,
and cannot be stopped in the middle of an answer without stopping every other call. So a call borrows a connection,
and one that runs out of time is closed and dropped while the others go on.
Belongs here: how a request gets to the provider and what a failed one means. Must not go here: what is asked.
"""

import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError, ProviderUnavailable
from meeting_pipeline.providers.http_errors import limited, status_error, uses_proxies

if TYPE_CHECKING:
    import assemblyai as aai

T = TypeVar("T")
PROVIDER = "assemblyai"
_IDLE_CONNECTIONS = 8


@dataclass(frozen=True)
class Connection:
    """The SDK's transcriber and the HTTP client below it. Used by one call at a time."""

    transcriber: "aai.Transcriber"
    http: httpx.Client

    def get(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """The JSON object of a GET, unread by the SDK's models.

        Raises: TypeError for JSON that is no object; ``Connections.run`` translates it.
        """
        body = self.http.get(path, params=params).json()
        if not isinstance(body, dict):
            raise TypeError("not an object")
        return body


class Connections:
    """Lends connections; thread-safe. Nothing is opened before the first call."""

    def __init__(self, api_key: str, base_url: str) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        # An owner that forgets to close must not leave sockets behind.
        weakref.finalize(self, _close_all, self._idle)
        mine = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: _call(mine()))

    def run(self, seconds: float, work: Callable[[Connection], T]) -> T:
        """Do ``work`` with a connection of its own, within ``seconds`` of wall-clock time.

        Raises: ProviderUnavailable (``provider_timeout``, ``provider_unreachable``, ``provider_unavailable``,
            ``provider_busy``), ProviderRefused, OperatorError, and the PipelineErrors of ``work``.
        """
        connection = self._take()
        try:
            result = limited(seconds, lambda: _translated(connection, work), abandon=connection.http.close)
        except BaseException:
            # Whatever state a failed call left the connection in, the next call does not inherit it.
            connection.http.close()
            raise
        self._give_back(connection)
        return result

    def close(self) -> None:
        """Close the idle connections."""
        _close_all(self._idle)

    def _after_fork(self) -> None:
        """A forked child must not write to its parent's sockets: each would read answers meant for the other."""
        self._lock = threading.Lock()
        _close_all(self._idle)

    def _take(self) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        try:
            return _connect(self._api_key, self._base_url)
        except (httpx.InvalidURL, ValueError) as error:
            raise _bad_address() from error

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
    import assemblyai as aai

    if not (api_key.isascii() and api_key.isprintable()) or not api_key.strip():
        raise OperatorError(
            f"{PROVIDER}_key_refused",
            "The AssemblyAI key is empty or holds characters that no key has.",
            "Correct the key; waiting recordings go on by themselves.",
        )
    # Every field that is used is given: what is left out, the SDK reads from the environment.
    settings = aai.Settings(
        api_key=api_key, base_url=base_url, http_timeout=policies.PROVIDER_READ_SECONDS, polling_interval=3.0
    )

    class DirectClient(aai.Client):
        """The SDK's client with our HTTP client below it; ``http_client`` is the SDK's public way to it."""

        def __init__(self) -> None:
            super().__init__(settings=settings)
            given = super().http_client
            self._direct = httpx.Client(
                base_url=base_url,
                headers=given.headers,
                timeout=httpx.Timeout(policies.PROVIDER_READ_SECONDS, connect=policies.PROVIDER_CONNECT_SECONDS),
                follow_redirects=False,
                trust_env=uses_proxies(base_url),
                event_hooks={"response": [_refuse_other_than_200]},
            )
            given.close()

        @property
        def http_client(self) -> httpx.Client:
            return self._direct

    client = DirectClient()
    return Connection(aai.Transcriber(client=client), client.http_client)


def _refuse_other_than_200(response: httpx.Response) -> None:
    """Raise the typed error while the headers are at hand; the SDK's exceptions do not carry Retry-After."""
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
    """``work``, with the exceptions of the SDK and of HTTP as ours."""
    from assemblyai import AssemblyAIError

    try:
        return work(connection)
    except httpx.TimeoutException as error:
        raise _unavailable("provider_timeout", "AssemblyAI did not answer in time.") from error
    except httpx.HTTPError as error:
        kind = type(error).__name__
        raise _unavailable("provider_unreachable", f"The connection to AssemblyAI failed ({kind}).") from error
    except httpx.InvalidURL as error:
        raise _bad_address() from error
    except (ValueError, KeyError, TypeError, RecursionError, AssemblyAIError):
        # What could not be read may hold transcript text, and the exception shows it: it is left out of the chain.
        raise _unavailable("provider_unavailable", "AssemblyAI's answer is not JSON of its API.") from None


def _bad_address() -> OperatorError:
    return OperatorError("bad_setting", "ASSEMBLYAI_BASE_URL is not an address.", "Correct it.")


def _unavailable(code: str, message: str) -> ProviderUnavailable:
    return ProviderUnavailable(code, message, "It is asked again later.")

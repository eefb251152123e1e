"""Calls of one transcription server through the real SDK: a part is uploaded, and the answer read up to a limit.

A call has its own connection: it takes minutes, and a call that times out is ended by closing its connection. Belongs here: how
a request reaches the server and what a failure means. Must not go here: which form of request (``variants.py``), the content of
answers (``answers.py``).
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import SecretStr

from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.media.encoding import ENCODINGS, AudioFormat
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.http_errors import (
    is_untrusted,
    limited,
    proxy_error,
    retry_after_seconds,
    shown,
    untrusted_error,
)
from meeting_pipeline.providers.openai_client import openai_client
from meeting_pipeline.providers.parts.port import AnswerLost, PartTooLarge

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

T = TypeVar("T")
NAME: Final = "openai"
_READ_BYTES: Final = 64 * 1024
_NO_KEY: Final = "none"
"""Sent to a server without a key: the SDK requires one."""
_TOO_LARGE: Final = re.compile(
    r"maximum content size|(is|too) large|too long|longer than|exceeds|maximum (for|length|duration)", re.I
)
_NO_CREDIT: Final = re.compile(r"insufficient_quota|credit_balance|billing_(hard_limit_reached|not_active)", re.I)
_OTHER_FORM: Final = (400, 415, 422, 501)
"""Statuses with which servers refuse a form of request that they do not know."""


class FormRefused(ProviderRefused):
    """The server refuses this request: perhaps only its form."""


@dataclass(frozen=True)
class Server:
    """A server, the model that it is asked for, and the longest wait for an answer in seconds."""

    address: str
    model: str
    key: SecretStr | None
    call_seconds: float

    def transcribe(self, audio: bytes, kind: AudioFormat, fields: dict[str, Any]) -> dict[str, Any]:
        """Upload a part and return the JSON of its answer.

        Raises: FormRefused; and as ``InParts.ask``.
        """

        def call(client: "OpenAI") -> dict[str, Any]:
            file = (f"part.{kind}", BytesIO(audio), ENCODINGS[kind].mime)
            asked = client.audio.transcriptions.with_streaming_response.create(file=file, model=self.model, **fields)
            with asked as response:
                return _object(_limited_body(response.iter_bytes(_READ_BYTES)))

        return self._run(self.call_seconds, call)

    def models(self) -> frozenset[str] | None:
        """Return the models that the server lists; ``None`` if it has no list. Raises: OperatorError, ProviderUnavailable."""
        try:
            return self._run(
                policies.PROVIDER_READ_SECONDS,
                lambda client: frozenset(str(model.id) for model in client.models.list().data or ()),
            )
        except (FormRefused, BadAnswer, _NoSuchRoute):  # whisper.cpp's server, for example
            return None

    def _run(self, seconds: float, call: "Callable[[OpenAI], T]") -> T:
        with _client(self) as client:
            try:
                return limited(seconds, lambda: call(client), abandon=client.close)
            except Exception as error:  # noqa: BLE001 - what is not the SDK's is raised again by _translated()
                # ``from None``: exceptions of the SDK hold the server's text, which can echo the key.
                raise _translated(error) from None


class _NoSuchRoute(OperatorError):
    """HTTP 404: the address does not serve this, or not with this model."""


def _limited_body(chunks: Iterator[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > policies.PART_ANSWER_BYTES:
            raise BadAnswer("invalid_answer", "The transcription server's response is endless.", "Check the server.")
    return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise AnswerLost(
            "provider_unavailable",
            "The answer is not the JSON of a transcription server.",
            "Check OPENAI_TRANSCRIPTION_BASE_URL and any proxy between this machine and the server, if it happens again.",
        )
    return found


@contextmanager
def _client(server: Server) -> "Iterator[OpenAI]":
    """Raises: OperatorError ``openai_key_refused``, ``bad_setting``, ``bad_environment``."""
    key = server.key.get_secret_value() if server.key is not None else _NO_KEY
    variable = "OPENAI_TRANSCRIPTION_BASE_URL"
    with openai_client(key, server.address, variable=variable, seconds=server.call_seconds) as client:
        yield client


def _translated(error: Exception) -> PipelineError:
    """Return the typed error for anything the SDK raises. Raises ``error`` itself if it is our bug."""
    import httpx2
    import openai

    if isinstance(error, ProviderUnavailable) and error.code == "provider_timeout":  # our own limit
        return AnswerLost(error.code, error.message, error.advice)
    if isinstance(error, PipelineError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    cause = error.__cause__ or error
    if isinstance(cause, httpx2.ProxyError):
        return proxy_error("the transcription server", "provider_unavailable", str(cause))
    if is_untrusted(error):
        return untrusted_error("the transcription server", "provider_unavailable")
    unsent = isinstance(cause, (httpx2.ConnectError, httpx2.ConnectTimeout))
    kind = ProviderUnavailable if unsent else AnswerLost
    if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException)):
        return kind("provider_timeout", "The transcription server did not respond in time.", "It is retried later.")
    if isinstance(error, (openai.APIConnectionError, httpx2.HTTPError)):
        what = "could not be reached" if unsent else "broke the connection"
        return kind("provider_unavailable", f"The transcription server {what}.", "It is retried later.")
    if isinstance(error, (openai.APIError, json.JSONDecodeError, UnicodeDecodeError)):
        return BadAnswer(
            "invalid_answer", "The transcription server's answer is not that of the API.", "It is retried."
        )
    raise error


def _of_status(error: "APIStatusError") -> PipelineError:
    status, said = error.status_code, _said(error)
    if status in (401, 403):
        return OperatorError(
            "openai_key_refused",
            f"The transcription server refused the key (HTTP {status}).",
            "Correct OPENAI_TRANSCRIPTION_API_KEY (unset: OPENAI_API_KEY); waiting recordings resume automatically.",
        )
    if status == 402 or (status < 500 and _NO_CREDIT.search(said)):
        return OperatorError(
            "openai_no_credit",
            f"The account at the transcription server has no credit (HTTP {status}).",
            "Add credit; waiting recordings resume automatically.",
        )
    if status == 407:
        return proxy_error("the transcription server", "provider_unavailable", str(status))
    if status == 404:
        return _NoSuchRoute(
            "openai_model_unknown",
            f"The transcription server does not serve this model to this key (HTTP {status}).",
            "Correct OPENAI_TRANSCRIPTION_MODEL or OPENAI_TRANSCRIPTION_BASE_URL; waiting recordings resume automatically.",
        )
    if 300 <= status < 400:
        return OperatorError(
            "openai_address_wrong",
            f"The address of OPENAI_TRANSCRIPTION_BASE_URL redirects elsewhere (HTTP {status}).",
            "Set it to the final address; recordings are not sent on to where a redirect points.",
        )
    if status == 413 or (status in (400, 422) and _TOO_LARGE.search(said)):
        return PartTooLarge("The transcription server")
    if status in _OTHER_FORM:
        return FormRefused(
            "provider_refused",
            f"The transcription server refused the request (HTTP {status}): {shown(said).rstrip('.')}.",
            "Check the recording, OPENAI_TRANSCRIPTION_MODEL and OPENAI_TRANSCRIPTION_AUDIO.",
        )
    if status in (405, 408, 409, 425, 429) or status >= 500:
        return ProviderUnavailable(
            "provider_busy" if status == 429 else "provider_unavailable",
            f"The transcription server responded with HTTP {status}.",
            "It is retried later.",
            retry_after_s=retry_after_seconds(error.response.headers.get("retry-after")),
        )
    return ProviderRefused(
        "provider_refused",
        f"The transcription server refused the request (HTTP {status}).",
        "Check the recording; the same request would be refused again.",
    )


def _said(error: "APIStatusError") -> str:
    """Return what the server says, cut to a bounded length: JSON of any shape, or text."""
    body = error.body
    if isinstance(body, dict):
        named = [body.get(name) for name in ("code", "type", "message", "detail", "error") if body.get(name)]
        return " ".join(str(value) for value in named)[:2000]
    return str(body or error.message)[:2000]

"""Calls of one transcription server through the real SDK: a part is uploaded, and the answer read up to a limit.

A call has its own connection: it takes minutes, and a call that times out is ended by closing its connection. Must not go
here: what a failure means (``failures.py``), which form of request (``variants.py``), the content of answers (``answers.py``).
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import SecretStr

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.media.encoding import ENCODINGS, AudioFormat
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.http_errors import limited
from meeting_pipeline.providers.openai_client import openai_client
from meeting_pipeline.providers.openai_speech.failures import FormRefused, NoSuchRoute, translated
from meeting_pipeline.providers.parts.port import AnswerLost

if TYPE_CHECKING:
    from openai import OpenAI

T = TypeVar("T")
NAME: Final = "openai"
_READ_BYTES: Final = 64 * 1024
"""Bytes of an answer that are read at once: its limit is checked after each."""
_NO_KEY: Final = "none"
"""Sent to a server without a key: the SDK requires one."""


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
        except (FormRefused, BadAnswer, NoSuchRoute):  # whisper.cpp's server, for example
            return None

    def _run(self, seconds: float, call: "Callable[[OpenAI], T]") -> T:
        with _client(self) as client:
            try:
                return limited(seconds, lambda: call(client), abandon=client.close)
            except Exception as error:  # noqa: BLE001 - what is not the SDK's is raised again by translated()
                # ``from None``: exceptions of the SDK hold the server's text, which can echo the key.
                raise translated(error) from None


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

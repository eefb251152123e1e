"""Fetching a recording that a submitter names by URL, with the same guard as webhooks.

It connects only to the address that was checked: no redirects, no proxy, no private address unless the operator allows it
(``MEETING_PIPELINE_WEBHOOK_ALLOW`` applies to both). Must not go here: storing what arrives (``sinks.py``), which addresses
are allowed (``webhooks/addresses.py``).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

import httpcore

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.domain.errors import IntakeRefused, PermanentError
from meeting_pipeline.media.formats import MEDIA_SUFFIXES, TRANSCRIPT_SUFFIXES
from meeting_pipeline.steps.intake.arrival import plain_name
from meeting_pipeline.webhooks.addresses import Target, parse_target
from meeting_pipeline.webhooks.allowlist import parse_allow
from meeting_pipeline.webhooks.client import tls_for
from meeting_pipeline.webhooks.guard import (
    AnswerTooLongError,
    GuardedBackend,
    Resolver,
    UnresolvedError,
    system_resolver,
)

_ENDINGS: Final = {
    "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/wave": ".wav", "audio/vnd.wave": ".wav", "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a", "audio/x-m4a": ".m4a", "audio/aac": ".aac", "audio/ogg": ".ogg", "audio/opus": ".opus",
    "audio/flac": ".flac", "audio/x-flac": ".flac", "audio/webm": ".webm", "video/webm": ".webm", "video/mp4": ".mp4",
    "video/quicktime": ".mov", "video/x-matroska": ".mkv", "video/ogg": ".ogg", "text/vtt": ".vtt",
    "application/x-subrip": ".srt", "text/plain": ".txt", "application/json": ".json",
    "text/tab-separated-values": ".tsv",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}  # fmt: skip
"""Extensions by content type, if no name has a known one. Source: IANA's list, and what servers send besides."""
_ADVICE: Final = "Try the URL from another machine. Use a public URL that needs no login and points to the file itself."


@dataclass(frozen=True)
class Fetched:
    """A response that has begun. ``size`` is the announced length in bytes."""

    name: str
    size: int | None
    chunks: AsyncIterator[bytes]


@asynccontextmanager
async def fetching(url: str, allow: tuple[str, ...], *, resolver: Resolver = system_resolver) -> AsyncIterator[Fetched]:
    """Request ``url``; the body is read within the block.

    Raises: ApiError 422 ``source_refused``, ``source_unreachable``, ``source_failed``, ``source_timeout``; also while the
        body is read. OperatorError ``bad_environment`` (certificates of this machine), before anything is requested.
    """
    try:
        target = parse_target(url)
        backend = GuardedBackend(
            target, parse_allow(allow), resolver, shared_policies.MAX_RECORDING_BYTES + 2 * 1024**2
        )
        async with asyncio.timeout(policies.SOURCE_SECONDS), _pool(backend, target) as pool:
            response = await pool.handle_async_request(_request(target))
            try:
                _require_ok(response.status)
                async with aclosing(_chunks(response)) as chunks:
                    yield Fetched(_name(url, response), _length(response), chunks)
            finally:
                await response.aclose()
    except IntakeRefused:
        raise  # from the code that stores the file
    except PermanentError as error:
        raise _refused(error) from error
    except TimeoutError:
        raise _failed(
            "source_timeout", f"The source was not downloaded within {policies.SOURCE_SECONDS:g} s."
        ) from None
    except httpcore.TimeoutException as error:
        raise _failed("source_timeout", "The source did not respond in time.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, UnresolvedError, AnswerTooLongError) as error:
        raise _failed("source_unreachable", "The source cannot be reached, or the connection broke.") from error


async def _chunks(response: httpcore.Response) -> AsyncGenerator[bytes, None]:
    async for chunk in response.aiter_stream():
        yield chunk


def _pool(backend: GuardedBackend, target: Target) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(
        ssl_context=tls_for(target), max_connections=1, max_keepalive_connections=0, retries=0, network_backend=backend
    )


def _request(target: Target) -> httpcore.Request:
    seconds = policies.SOURCE_READ_SECONDS
    return httpcore.Request(
        "GET",
        httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
        headers={
            "Host": target.host_header,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "meeting-pipeline",
        },
        extensions={
            "timeout": {
                "connect": shared_policies.WEBHOOK_CONNECT_SECONDS,
                "read": seconds,
                "write": seconds,
                "pool": seconds,
            }
        },
    )


def _require_ok(status: int) -> None:
    if 300 <= status < 400:
        raise _failed("source_failed", f"The source responded with {status}; redirects are not followed.")
    if status != 200:
        raise _failed("source_failed", f"The source responded with {status}.")


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for found, value in response.headers if found.lower() == name), "")


def _length(response: httpcore.Response) -> int | None:
    given = _header(response, b"content-length")
    return int(given) if given.isdecimal() and len(given) < 20 else None


def _name(url: str, response: httpcore.Response) -> str:
    """A file name whose extension shows the type: from the URL, else Content-Disposition, else by the Content-Type."""
    from_url = PurePosixPath(unquote(urlsplit(url).path, errors="replace")).name
    header = Message()
    header["Content-Disposition"] = _header(response, b"content-disposition") or "inline"
    header["Content-Type"] = _header(response, b"content-type") or "application/octet-stream"
    given = (header.get_filename() or "").replace("\\", "/").rpartition("/")[2]
    for name in (from_url, given):
        if PurePosixPath(name).suffix.lower() in MEDIA_SUFFIXES | TRANSCRIPT_SUFFIXES:
            return plain_name(name)
    ending = _ENDINGS.get(header.get_content_type(), "")
    return plain_name(f"{PurePosixPath(from_url).stem or 'recording'}{ending}")


def _refused(error: PermanentError) -> ApiError:
    message = error.message.replace("webhook URL", "source URL").replace("webhook request", "request")
    advice = "Use a public URL, or ask whoever runs this service to allow the address."
    return ApiError(422, "source_refused", message, advice)


def _failed(code: str, message: str) -> ApiError:
    return ApiError(422, code, message, _ADVICE)

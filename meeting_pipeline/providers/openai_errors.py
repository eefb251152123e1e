"""Translate OpenAI's and the SDK's errors into errors of the domain.

Belongs here: which status, code or exception means what. Messages are our own: a server's text can echo part of the key or
of the transcript, so neither the text nor the SDK exceptions that contain it are passed on.
Must not go here: making requests.
"""

import json
import re
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.domain.errors import OperatorError, PipelineError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.providers.http_errors import (
    is_untrusted,
    proxy_error,
    retry_after_seconds,
    status_error,
    untrusted_error,
)

if TYPE_CHECKING:
    from openai import APIStatusError

_NO_CREDIT: Final = re.compile(
    r"insufficient_quota|credit_balance_exhausted|billing_(hard_limit_reached|not_active)"
    r"|(\w{1,60}_)?(spend|usage)_limit_exceeded"
)
"""Codes of an account that cannot pay. Not ``rate_limit_exceeded``, which is temporary."""
_TOO_LONG_CODES: Final = ("context_length_exceeded", "string_above_max_length")
_TOO_LONG_TEXT: Final = re.compile(
    r"context (length|window|size)|(prompt|input) is too long|too many (input )?tokens|maximum number of tokens", re.I
)
"""Compatible servers report it in the message only, without a code."""
_SCHEMAS: Final = re.compile(r"response_format|json_schema|structured output|guided (?:json|decoding)|grammar", re.I)
"""In the message of a compatible server that cannot be given the schema of an answer; none has its own code for it."""
_SEARCHED: Final = 4_000
"""Characters of a response with an error that are searched."""
_REFUSING: Final = re.compile(r"invalid_prompt|.{0,80}_policy(_violation)?")
_WORD: Final = re.compile(r"[A-Za-z0-9_.\-\[\]]{1,80}")


class InputTooLong(ProviderRefused):
    """Transcript and prompt do not fit the model's context window; fewer segments per call may."""

    def __init__(self) -> None:
        super().__init__(
            "input_too_long",
            "The transcript does not fit the model's context window, even when it is split further.",
            "Set OPENAI_INPUT_TOKENS to what the model accepts.",
        )


class AnswerLost(ProviderUnavailable):
    """The request was sent, but no API response came back: the work may have been done and billed."""


def translated(error: Exception, model: str) -> PipelineError:
    """Return the typed error for anything the SDK raises on a request. Raises ``error`` itself if it is our bug."""
    import httpx2
    import openai

    if isinstance(error, ProviderUnavailable) and error.code == "provider_timeout":  # our own limit
        return AnswerLost(error.code, error.message, error.advice)
    if isinstance(error, PipelineError):
        return error
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, model)
    if isinstance(error.__cause__ or error, httpx2.ProxyError):
        return proxy_error("OpenAI", "provider_unavailable", str(error.__cause__ or error))
    if is_untrusted(error):
        return untrusted_error("OpenAI", "provider_unavailable")
    unsent = isinstance(error.__cause__ or error, (httpx2.ConnectError, httpx2.ConnectTimeout))
    failed = unavailable if unsent else _lost
    if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException)):
        return failed("provider_timeout", "OpenAI did not respond in time.")
    if isinstance(error, (openai.APIConnectionError, httpx2.HTTPError)):
        return failed("provider_unavailable", "OpenAI could not be reached, or the connection broke.")
    if isinstance(error, (openai.APIError, json.JSONDecodeError, UnicodeDecodeError)):
        return not_the_api()
    raise error


def unavailable(code: str, message: str, retry_after_s: float | None = None) -> ProviderUnavailable:
    """Return the error for a temporary failure."""
    return ProviderUnavailable(code, message, "It is retried later.", retry_after_s=retry_after_s)


def _lost(code: str, message: str) -> ProviderUnavailable:
    return AnswerLost(code, message, "It is retried later.")


def not_the_api() -> ProviderUnavailable:
    """Return the error for a success status without an API response: a proxy's page, a truncated body."""
    return AnswerLost(
        "provider_unavailable",
        "The answer did not come from OpenAI's API: it is not that API's JSON.",
        "Check OPENAI_BASE_URL and any proxy between this machine and the provider, if it happens again.",
    )


def parsed(content: bytes) -> Any:
    """The value of a response's JSON. Raises: AnswerLost if it is none, or cannot be read: endless digits, deep nesting."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise not_the_api() from None  # the cause would quote the response


def of_failed_response(code: str | None) -> PipelineError:
    """Return the typed error for a response with the status ``failed``, by its error code."""
    shown = word(code)
    if _REFUSING.fullmatch(shown):
        return ProviderRefused(
            "provider_refused",
            f"OpenAI refused to process this transcript ({shown}).",
            "Check the recording; the same request would be refused again.",
        )
    return unavailable("provider_unavailable", f"OpenAI failed while answering ({shown}).")


def refuses_schemas(error: "APIStatusError") -> bool:
    """Whether the server refused the request because it does not take a strict schema. Nothing was done or billed."""
    refusing = error.status_code in (400, 404, 422, 500, 501)
    return refusing and _SCHEMAS.search(_said(error)) is not None


def _said(error: "APIStatusError") -> str:
    """The beginning of what the server said, whatever shape it gave it. It is searched, and never shown."""
    return f"{error.message} {error.response.text[:_SEARCHED]}"[: 2 * _SEARCHED]


def word(value: object) -> str:
    """Return a code or parameter name that is safe to show; anything longer than a word is not."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "no code"


def _of_status(error: "APIStatusError", model: str) -> PipelineError:
    status, code = error.status_code, word(error.code)
    if status == 402 or (status < 500 and (_NO_CREDIT.fullmatch(code) or _NO_CREDIT.fullmatch(word(error.type)))):
        return OperatorError(
            "openai_no_credit",
            f"The OpenAI account has no credit, or reached its spending limit (HTTP {status}).",
            "Add credit or raise the limit; waiting recordings resume automatically.",
        )
    if status == 404 or code == "model_not_found":
        return OperatorError(
            "openai_model_unknown",
            f"The address of OPENAI_BASE_URL does not serve the model {model} to this key (HTTP {status}).",
            "Correct OPENAI_MODEL, OPENAI_BASE_URL or OPENAI_API; waiting recordings resume automatically.",
        )
    if 300 <= status < 400:
        return OperatorError(
            "openai_address_wrong",
            f"The address of OPENAI_BASE_URL redirects elsewhere (HTTP {status}).",
            "Set OPENAI_BASE_URL to the final address; transcripts are not sent on to where a redirect points.",
        )
    if status in (400, 413, 422) and (code in _TOO_LONG_CODES or _TOO_LONG_TEXT.search(_said(error))):
        return InputTooLong()
    if status == 429:
        waited = retry_after_seconds(error.response.headers.get("retry-after"))
        return unavailable("provider_busy", f"OpenAI asked to wait (HTTP 429, {code}).", waited)
    detail = f"{code}, parameter {word(error.param)}" if error.param else code
    return status_error("openai", status, detail, error.response.headers.get("retry-after"))

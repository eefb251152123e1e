"""What a failure of a transcription server means: typed errors for anything that the SDK raises.

Must not go here: requests (``server.py``), which failures another form of request avoids (``adapter.py``).
"""

import json
import re
from typing import TYPE_CHECKING, Final

from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.providers.http_errors import (
    is_untrusted,
    proxy_error,
    retry_after_seconds,
    shown,
    untrusted_error,
)
from meeting_pipeline.providers.parts.port import AnswerLost, PartTooLarge

if TYPE_CHECKING:
    from openai import APIStatusError

_TOO_LARGE: Final = re.compile(
    r"maximum content size|(is|too) large|too long|longer than|exceeds|maximum (for|length|duration)", re.I
)
_NO_CREDIT: Final = re.compile(r"insufficient_quota|credit_balance|billing_(hard_limit_reached|not_active)", re.I)
_SAID_CHARACTERS: Final = 2000
"""Of what a server says of a failure that are searched for a reason: a server may send anything."""
_OTHER_FORM: Final = (400, 415, 422, 501)
"""Statuses with which servers refuse a form of request that they do not know."""


class FormRefused(ProviderRefused):
    """The server refuses this request: perhaps only its form."""


class NoSuchRoute(OperatorError):
    """HTTP 404: the address does not serve this, or not with this model."""


def translated(error: Exception) -> PipelineError:
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
        return NoSuchRoute(
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
        return " ".join(str(value) for value in named)[:_SAID_CHARACTERS]
    return str(body or error.message)[:_SAID_CHARACTERS]
